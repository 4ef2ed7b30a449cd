//! `trade_cal` → [`CalendarDay`].

use chrono::NaiveDate;
use market_model::{CalendarDay, Exchange};

use super::{BadCell, RowReader};

/// The exchange is written as SSE, which stands for all three mainland ones.
pub(crate) fn day(row: &RowReader<'_>, from: NaiveDate, to: NaiveDate) -> Result<CalendarDay, BadCell> {
    if row.text("exchange")? != "SSE" {
        return Err(row.bad("exchange", "was not asked for: SSE was"));
    }
    let date = row.date("cal_date")?;
    if date < from || date > to {
        return Err(row.bad("cal_date", format!("was not asked for: {from} to {to} was")));
    }
    let is_open = match row.number("is_open")? {
        0.0 => false,
        1.0 => true,
        _ => return Err(row.bad("is_open", "is neither 0 nor 1")),
    };
    Ok(CalendarDay { exchange: Exchange::Sse, date, is_open, previous_open: row.optional_date("pretrade_date")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    fn day_of(json: &str) -> Result<CalendarDay, BadCell> {
        row(Api::TradeCal, json, |row| day(row, "2018-07-01".parse().unwrap(), "2018-07-31".parse().unwrap()))
    }

    #[test]
    fn the_flag_may_be_an_integer_or_a_string() {
        for open in ["1", "1.0", "\"1\"", "true"] {
            let day = day_of(&format!(r#"["SSE","20180718",{open},"20180717"]"#)).unwrap();
            assert!(day.is_open);
            assert_eq!(day.previous_open, Some("2018-07-17".parse().unwrap()));
        }
        assert!(!day_of(r#"["SSE","20180721","0",null]"#).unwrap().is_open);
        assert_eq!(day_of(r#"["SSE","20180721",2,null]"#).unwrap_err().reason, "is_open is neither 0 nor 1");
    }

    #[test]
    fn days_that_were_not_asked_for_are_refused() {
        assert!(day_of(r#"["SSE","20180801",1,null]"#).unwrap_err().reason.starts_with("cal_date was not asked for"));
        assert!(day_of(r#"["SHFE","20180718",1,null]"#).unwrap_err().reason.starts_with("exchange was not asked for"));
    }
}
