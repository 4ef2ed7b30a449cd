//! Records of capital changes → corporate actions.

use chrono::NaiveDate;
use market_model::{Code, CorporateAction};

use super::{daily::rejected, decimal::typed};
use crate::{
    RejectedRow, Row,
    question::Spelled,
    wire::{XdxrEvent, XdxrRow},
};

/// One record of a security's capital history.
#[derive(Debug, Clone, PartialEq)]
pub struct XdxrRecord {
    /// Whose.
    pub code: Code,
    /// The day; of category 1 the ex-date, which may lie in the future.
    pub date: NaiveDate,
    /// TDX's number: see [`XdxrEvent`].
    pub category: u8,
    /// What happened.
    pub event: XdxrEvent,
}

/// Every record that belongs to `security` and has a day, ascending.
pub(crate) fn xdxr_records(
    dataset: &'static str,
    security: &Spelled,
    records: &[XdxrRow],
) -> (Vec<Row<XdxrRecord>>, Vec<RejectedRow>) {
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for (record, row) in records.iter().zip(0_u32..) {
        let is_its_own = record.market == security.market.number() && record.symbol == security.symbol;
        match record.day() {
            Some(date) if is_its_own => {
                let value = XdxrRecord { code: security.code, date, category: record.category, event: record.event() };
                rows.push(Row { value, page: 0, row });
            }
            Some(_) => {
                refused.push(rejected(dataset, 0, row, "the record is about another security".to_owned(), record))
            }
            None => refused.push(rejected(dataset, 0, row, "the date is no day".to_owned(), record)),
        }
    }
    rows.sort_by_key(|row| row.value.date);
    (rows, refused)
}

/// The records of category 1 (除权除息), which are the ones that move a stock's price. One per ex-date: the same record twice
/// is one, different ones of a day add up. When they were announced TDX does not say.
pub(crate) fn corporate_actions(
    dataset: &'static str,
    records: &[Row<XdxrRecord>],
) -> (Vec<Row<CorporateAction>>, Vec<RejectedRow>) {
    let (mut rows, mut refused) = (Vec::<Row<CorporateAction>>::new(), Vec::new());
    for Row { value: record, page, row } in records {
        let XdxrEvent::ExRight { cash_per_10, rights_price, bonus_per_10, rights_per_10 } = record.event else {
            continue;
        };
        let action = CorporateAction {
            code: record.code,
            ex_date: record.date,
            announced: None,
            cash_per_10: typed(cash_per_10),
            bonus_per_10: typed(bonus_per_10),
            rights_per_10: typed(rights_per_10),
            rights_price: typed(rights_price),
        };
        let figures = [action.cash_per_10, action.bonus_per_10, action.rights_per_10, action.rights_price];
        // Beyond these no company ever went; also refuses what is no number.
        if !figures.iter().all(|figure| (0.0..1e5).contains(figure)) {
            refused.push(rejected(dataset, *page, *row, "a figure per ten shares is impossible".to_owned(), record));
            continue;
        }
        match rows.last_mut().filter(|last| last.value.ex_date == action.ex_date) {
            None => rows.push(Row { value: action, page: *page, row: *row }),
            Some(last) if last.value == action => {}
            Some(last) => add(&mut last.value, &action),
        }
    }
    (rows, refused)
}

/// Two events of one day. What the rights cost together stays the same.
fn add(sum: &mut CorporateAction, other: &CorporateAction) {
    let rights = sum.rights_per_10 + other.rights_per_10;
    if rights > 0.0 {
        let cost = sum.rights_per_10 * sum.rights_price + other.rights_per_10 * other.rights_price;
        sum.rights_price = tidy(cost / rights);
    }
    sum.rights_per_10 = tidy(rights);
    sum.cash_per_10 = tidy(sum.cash_per_10 + other.cash_per_10);
    sum.bonus_per_10 = tidy(sum.bonus_per_10 + other.bonus_per_10);
}

/// Decimals without the float error of adding them, on which the rounding of a reference price could tip over.
fn tidy(sum: f64) -> f64 {
    (sum * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(symbol: &[u8; 6], date: u32, category: u8, values: [f32; 4]) -> XdxrRow {
        let mut bytes = [0; 16];
        for (place, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(values) {
            *place = value.to_le_bytes();
        }
        XdxrRow { market: 0, symbol: *symbol, date, category, values: bytes }
    }

    fn actions(records: &[XdxrRow]) -> (Vec<CorporateAction>, Vec<String>) {
        let security = Spelled::of(&"000001.SZ".parse().unwrap()).unwrap();
        let (records, mut refused) = xdxr_records("xdxr", &security, records);
        let (rows, more) = corporate_actions("xdxr", &records);
        refused.extend(more);
        (rows.into_iter().map(|row| row.value).collect(), refused.into_iter().map(|row| row.reason).collect())
    }

    #[test]
    fn only_category_one_is_an_action_and_the_order_is_by_date() {
        let (actions, refused) = actions(&[
            record(b"000001", 20_251_015, 1, [2.36, 0.0, 0.0, 0.0]),
            record(b"000001", 20_240_614, 5, [1.0, 2.0, 3.0, 4.0]),
            record(b"000001", 20_001_106, 1, [0.0, 8.0, 0.0, 3.0]),
            record(b"000001", 20_260_101, 99, [1.0; 4]),
        ]);
        assert!(refused.is_empty(), "{refused:?}");
        assert_eq!(actions.len(), 2);
        assert_eq!(actions[0].ex_date.to_string(), "2000-11-06");
        assert_eq!((actions[0].rights_per_10, actions[0].rights_price), (3.0, 8.0));
        assert_eq!(actions[1].cash_per_10, 2.36, "the decimal, not the float");
    }

    #[test]
    fn events_of_one_day_add_up_and_repetitions_do_not() {
        let (one, two) = (
            record(b"000001", 20_200_601, 1, [1.5, 4.0, 1.0, 2.0]),
            record(b"000001", 20_200_601, 1, [0.5, 7.0, 2.0, 1.0]),
        );
        assert_eq!(actions(&[one, one]).0.len(), 1);
        let (sum, _) = actions(&[one, two]);
        assert_eq!(sum.len(), 1);
        assert_eq!((sum[0].cash_per_10, sum[0].bonus_per_10, sum[0].rights_per_10), (2.0, 3.0, 3.0));
        assert_eq!(sum[0].rights_price, 5.0, "two at 4 and one at 7");
    }

    #[test]
    fn a_sum_of_decimals_is_the_decimal() {
        let cash = |cash: f32| record(b"000001", 20_200_601, 1, [cash, 0.0, 0.0, 0.0]);
        assert_eq!(actions(&[cash(0.1), cash(0.2)]).0[0].cash_per_10, 0.3);
    }

    #[test]
    fn records_that_cannot_be_are_refused_one_by_one() {
        let (good, refused) = actions(&[
            record(b"000001", 20_200_631, 1, [1.0, 0.0, 0.0, 0.0]),
            record(b"000002", 20_200_601, 1, [1.0, 0.0, 0.0, 0.0]),
            record(b"000001", 20_200_602, 1, [f32::NAN, 0.0, 0.0, 0.0]),
            record(b"000001", 20_200_603, 1, [-1.0, 0.0, 0.0, 0.0]),
            record(b"000001", 20_200_604, 1, [1.0, 0.0, 0.0, 0.0]),
        ]);
        assert_eq!(good.len(), 1);
        let expected = [
            "the date is no day",
            "the record is about another security",
            "a figure per ten shares is impossible",
            "a figure per ten shares is impossible",
        ];
        assert_eq!(refused, expected);
    }
}
