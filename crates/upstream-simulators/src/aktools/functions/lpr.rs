//! `macro_china_lpr`: loan rates by day of publication, oldest first. The prime rates are null before there were any.

use chrono::{Days, NaiveDate};

use super::Desk;
use crate::{
    aktools::{
        draw::months,
        sheet::{Sheet, SheetRow, Value},
    },
    market::is_open,
};

pub(super) const NAME: &str = "macro_china_lpr";

const COLUMNS: [&str; 5] = ["TRADE_DATE", "LPR1Y", "LPR5Y", "RATE_1", "RATE_2"];

pub(super) fn sheet(desk: &Desk<'_>) -> Sheet {
    let series = desk.series(NAME);
    let first = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
    let (first_1y, first_5y) = (first("2013-10-25"), first("2019-08-20"));
    let mut rows = Vec::new();
    for month in months(1991, desk.today()) {
        let day = fixing_day(month);
        // Benchmark rates changed once a year or less before the prime rate came; every fixing is a row since.
        if !desk.is_out(day, 9, 0) || (day < first_1y && !series.happens(month, 6, 70)) {
            continue;
        }
        let rate = |salt: u64, middle: i64| middle + (series.unit(month, salt) * 20.0) as i64;
        let cells = vec![
            Value::Day(day),
            Value::of((day >= first_1y).then(|| rate(7, 300)), 2),
            Value::of((day >= first_5y).then(|| rate(8, 350)), 2),
            Value::Number(rate(9, 435), 2),
            Value::Number(rate(10, 490), 2),
        ];
        rows.push(SheetRow { period: day, published: Some(day), cells });
    }
    Sheet { columns: COLUMNS.to_vec(), rows, context: Vec::new() }
}

/// The 20th of a month, or the next trading day.
fn fixing_day(month: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    let mut day = month.with_day(20).unwrap_or(month);
    while !is_open(day) {
        day = day + Days::new(1);
    }
    day
}
