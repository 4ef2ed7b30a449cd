//! `dividend` → [`CorporateAction`]: per share → per 10 shares, lines of the same ex-date summed.

use std::collections::{HashMap, hash_map::Entry};

use chrono::NaiveDate;
use market_model::{Code, CorporateAction};

use super::{BadCell, RowReader};
use crate::{Fetched, Row};

/// The stage at which a distribution is carried out and has its ex-date.
const CARRIED_OUT: &str = "实施";

/// One line as an event of its own; `None` for plans, announcements and distributions without an ex-date (made before
/// the listing).
pub(crate) fn line(
    row: &RowReader<'_>,
    asked_code: Option<Code>,
    asked_ex_date: Option<NaiveDate>,
) -> Result<Option<CorporateAction>, BadCell> {
    let code = row.code()?;
    if asked_code.is_some_and(|asked| asked != code) {
        return Err(row.bad("ts_code", "was not asked for"));
    }
    let ex_date = row.optional_date("ex_date")?;
    let (Some(CARRIED_OUT), Some(ex_date)) = (row.optional_text("div_proc"), ex_date) else {
        return Ok(None);
    };
    if asked_ex_date.is_some_and(|asked| asked != ex_date) {
        return Err(row.bad("ex_date", "was not asked for"));
    }
    let per_10 = |column| row.scaled(column, 1).map(|value| value.unwrap_or(0.0));
    let bonus = match row.scaled("stk_div", 1)? {
        Some(bonus) => bonus,
        None => tidy(per_10("stk_bo_rate")? + per_10("stk_co_rate")?),
    };
    let cash = per_10("cash_div_tax")?;
    if cash < 0.0 || bonus < 0.0 {
        return Err(row.bad(if cash < 0.0 { "cash_div_tax" } else { "stk_div" }, "is negative"));
    }
    if cash == 0.0 && bonus == 0.0 {
        return Err(row.bad("cash_div_tax", "is empty, and so are the shares: the event distributes nothing"));
    }
    let announced = match row.optional_date("imp_ann_date")? {
        Some(date) => Some(date),
        None => row.optional_date("ann_date")?,
    };
    Ok(Some(CorporateAction {
        code,
        ex_date,
        announced,
        cash_per_10: cash,
        bonus_per_10: bonus,
        rights_per_10: 0.0,
        rights_price: 0.0,
    }))
}

/// Sums the lines of one code and ex-date (an interim and an annual distribution may share it). The sum stands at the
/// first of its rows and counts as announced when its last part was.
pub(crate) fn events(lines: Fetched<Option<CorporateAction>>) -> Fetched<CorporateAction> {
    let mut rows: Vec<Row<CorporateAction>> = Vec::new();
    let mut index: HashMap<(Code, NaiveDate), usize> = HashMap::new();
    for Row { value, page, row } in lines.rows {
        let Some(value) = value else { continue };
        match index.entry((value.code, value.ex_date)) {
            Entry::Vacant(entry) => {
                entry.insert(rows.len());
                rows.push(Row { value, page, row });
            }
            Entry::Occupied(entry) => {
                let sum = &mut rows[*entry.get()].value;
                sum.cash_per_10 = tidy(sum.cash_per_10 + value.cash_per_10);
                sum.bonus_per_10 = tidy(sum.bonus_per_10 + value.bonus_per_10);
                sum.announced = sum.announced.max(value.announced);
            }
        }
    }
    Fetched { rows, rejected: lines.rejected, pages: lines.pages, suspect_rows: 0 }
}

/// A sum of decimals without the float error of adding them: the vendor sends at most eight decimals.
fn tidy(sum: f64) -> f64 {
    (sum * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    const ROW: &str = r#"["600519.SH","20131231","20140326","实施",0.1,0.1,null,4.1553,4.374,
        "20140624","20140625","20140625","20140625","20140618"]"#;

    fn line_of(json: &str) -> Result<Option<CorporateAction>, BadCell> {
        row(Api::Dividend, json, |row| line(row, None, None))
    }

    fn fetched(lines: &[&str]) -> Fetched<Option<CorporateAction>> {
        let row = |(row, line): (u32, &&str)| Row { value: line_of(line).unwrap(), page: 0, row };
        Fetched { rows: (0..).zip(lines).map(row).collect(), ..Fetched::default() }
    }

    #[test]
    fn quantities_per_share_become_quantities_per_ten_before_tax() {
        let action = line_of(ROW).unwrap().unwrap();
        assert_eq!((action.cash_per_10, action.bonus_per_10), (43.74, 1.0));
        assert_eq!((action.rights_per_10, action.rights_price), (0.0, 0.0));
        assert_eq!(action.ex_date, "2014-06-25".parse().unwrap());
        assert_eq!(action.announced, Some("2014-06-18".parse().unwrap()));
    }

    #[test]
    fn plans_and_distributions_without_an_ex_date_are_no_events() {
        assert_eq!(line_of(&ROW.replace("实施", "预案")).unwrap(), None);
        assert_eq!(line_of(&ROW.replace("实施", "股东大会通过")).unwrap(), None);
        assert_eq!(line_of(&ROW.replace(r#""20140625","20140625","20140625""#, "null,null,null")).unwrap(), None);
    }

    #[test]
    fn bonus_shares_are_the_sum_of_their_two_sorts_where_the_total_is_missing() {
        let action = line_of(&ROW.replace("0.1,0.1,null", "null,0.1,0.2")).unwrap().unwrap();
        assert_eq!(action.bonus_per_10, 3.0);
    }

    #[test]
    fn an_event_that_distributes_nothing_is_refused() {
        let reason = line_of(&ROW.replace("0.1,0.1,null,4.1553,4.374", "0,null,null,0,0")).unwrap_err().reason;
        assert!(reason.starts_with("cash_div_tax is empty"), "{reason}");
        assert_eq!(line_of(&ROW.replace("4.374", "-4.374")).unwrap_err().reason, "cash_div_tax is negative");
    }

    #[test]
    fn lines_of_one_ex_date_are_summed_and_others_stay_apart() {
        let interim = ROW.replace("0.1,0.1,null,4.1553,4.374", "0,0,0,0.1,0.2").replace("20140618", "20140620");
        let later = ROW.replace("\"20140625\"", "\"20140925\"");
        let plan = ROW.replace("实施", "预案");
        let events = events(fetched(&[&plan, ROW, &interim, &later]));
        let values: Vec<(u32, f64, f64)> =
            events.rows.iter().map(|row| (row.row, row.value.cash_per_10, row.value.bonus_per_10)).collect();
        assert_eq!(values, [(1, 45.74, 1.0), (3, 43.74, 1.0)]);
        assert_eq!(events.rows[0].value.announced, Some("2014-06-20".parse().unwrap()));
    }
}
