//! `macro_china_shibor_all`: interbank rates by trading day, newest first, out at eleven o'clock.

use chrono::NaiveDate;

use super::Desk;
use crate::{
    aktools::sheet::{Sheet, SheetRow, Value},
    market::is_open,
};

pub(super) const NAME: &str = "macro_china_shibor_all";

const COLUMNS: [&str; 17] = [
    "日期",
    "O/N-定价",
    "O/N-涨跌幅",
    "1W-定价",
    "1W-涨跌幅",
    "2W-定价",
    "2W-涨跌幅",
    "1M-定价",
    "1M-涨跌幅",
    "3M-定价",
    "3M-涨跌幅",
    "6M-定价",
    "6M-涨跌幅",
    "9M-定价",
    "9M-涨跌幅",
    "1Y-定价",
    "1Y-涨跌幅",
];

pub(super) fn sheet(desk: &Desk<'_>) -> Sheet {
    let terms: Vec<_> = COLUMNS[1..].iter().step_by(2).map(|column| desk.series(&format!("{NAME}/{column}"))).collect();
    let first = NaiveDate::from_ymd_opt(2017, 3, 17).unwrap_or_default();
    let days = first.iter_days().take_while(|day| *day <= desk.today()).filter(|day| is_open(*day));
    let days: Vec<NaiveDate> = days.filter(|day| desk.is_out(*day, 11, 0)).collect();
    // Rates in thousandths of a percent, changes in tenths of a basis point.
    let mut before: Vec<Option<i64>> = vec![None; terms.len()];
    let mut rows: Vec<SheetRow> = Vec::with_capacity(days.len());
    for day in days {
        let mut cells = vec![Value::Day(day)];
        for (at, series) in terms.iter().enumerate() {
            let rate = series.around(day, 1_700 + 100 * at as i64, 900);
            // The longer terms miss a day now and then.
            let rate = (at < 6 || !series.happens(day, 11, 10)).then_some(rate);
            let change = rate.zip(before[at]).map(|(rate, before)| rate - before);
            cells.extend([Value::of(rate, 3), Value::of(change, 1)]);
            before[at] = rate.or(before[at]);
        }
        rows.push(SheetRow { period: day, published: Some(day), cells });
    }
    rows.reverse();
    Sheet { columns: COLUMNS.to_vec(), rows, context: Vec::new() }
}
