//! Bars of any category.

use chrono::NaiveDateTime;
use market_model::{Code, DailyBar};

use super::{
    daily::rejected,
    scale::{is_index, volume_unit},
    unit::{UnitFault, correct, judge},
};
use crate::{
    Fetched, Row,
    wire::{BarRecord, Category},
};

/// One bar of any category, unadjusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Exchange-local. Minute bars: the **end** of the minutes; all others: 15:00 of the day, of the period's last one.
    pub datetime: NaiveDateTime,
    /// First price, yuan.
    pub open: f64,
    /// Highest price, yuan.
    pub high: f64,
    /// Lowest price, yuan.
    pub low: f64,
    /// Last price, yuan.
    pub close: f64,
    /// Volume, shares.
    pub volume: i64,
    /// Amount, yuan; `None` where there was volume and no amount came with it.
    pub amount: Option<f64>,
    /// Stocks that rose; indices only.
    pub advancing: Option<u16>,
    /// Stocks that fell; indices only.
    pub declining: Option<u16>,
}

/// One record in yuan and shares, or why not. The time of a daily bar is 15:00.
pub(super) fn priced(
    code: &Code,
    category: Category,
    record: &BarRecord,
    unit: f64,
) -> Result<(NaiveDateTime, DailyBar), &'static str> {
    let time = category.time_of(record.stamp).ok_or("the date is no day")?;
    // Equal to what the text "8.75" parses to: the division is correctly rounded.
    let yuan = |milli: i32| f64::from(milli) / 1000.0;
    if record.open.min(record.high).min(record.low).min(record.close) <= 0 {
        return Err("a price is not positive");
    }
    // Also refuses NaN. Beyond 10^13 no day's volume or amount goes, and integers are still exact.
    let is_quantity = |value: f32| (0.0..1e13).contains(&value);
    if !is_quantity(record.volume) || !is_quantity(record.amount) {
        return Err("volume or amount is not a quantity");
    }
    let volume = (f64::from(record.volume) * unit).round() as i64;
    let amount = f64::from(record.amount);
    let bar = DailyBar {
        code: *code,
        trade_date: time.date(),
        open: yuan(record.open),
        high: yuan(record.high),
        low: yuan(record.low),
        close: yuan(record.close),
        pre_close: None,
        volume,
        amount: (amount > 0.0 || volume == 0).then_some(amount),
        adj_factor: None,
    };
    Ok((time, bar))
}

/// Normalizes one page as it was sent: live bars, flat bars and all, ascending. The page itself is for the caller to add.
pub(crate) fn bars(
    dataset: &'static str,
    code: &Code,
    category: Category,
    records: &[BarRecord],
) -> Result<Fetched<Bar>, UnitFault> {
    let unit = volume_unit(code, category);
    let (mut stamped, mut daily, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (record, row) in records.iter().zip(0_u32..) {
        match priced(code, category, record, unit) {
            Ok((time, bar)) => {
                stamped.push((time, record, row));
                daily.push(bar);
            }
            Err(reason) => refused.push(rejected(dataset, 0, row, reason.to_owned(), record)),
        }
    }
    let verdict = judge(code, &daily, unit)?;
    let mut fetched = Fetched { rejected: refused, suspect_rows: verdict.suspect_rows, ..Fetched::default() };
    if verdict.correction != 1.0 {
        correct(&mut daily, verdict.correction);
        fetched.notes.push(format!(
            "volumes of {code} are counted in units of {} instead of {unit} shares, by amount and price",
            unit * verdict.correction
        ));
    }
    let index = is_index(code);
    fetched.rows = stamped
        .into_iter()
        .zip(daily)
        .map(|((datetime, record, row), bar)| Row {
            value: Bar {
                datetime,
                open: bar.open,
                high: bar.high,
                low: bar.low,
                close: bar.close,
                volume: bar.volume,
                amount: bar.amount,
                advancing: index.then_some(record.advancing),
                declining: index.then_some(record.declining),
            },
            page: 0,
            row,
        })
        .collect();
    fetched.rows.sort_by_key(|row| row.value.datetime);
    Ok(fetched)
}
