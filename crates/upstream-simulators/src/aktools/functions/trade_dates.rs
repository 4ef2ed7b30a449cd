//! `tool_trade_date_hist_sina`: the trading days since 1990, to the end of the current year.

use chrono::{Datelike, NaiveDate};

use super::Desk;
use crate::{
    aktools::sheet::{Sheet, SheetRow, Value},
    market::is_open,
};

pub(super) const NAME: &str = "tool_trade_date_hist_sina";

pub(super) fn sheet(desk: &Desk<'_>) -> Sheet {
    let calendar = desk.market.calendar();
    let first = NaiveDate::from_ymd_opt(1990, 12, 19).unwrap_or_default();
    let last = NaiveDate::from_ymd_opt(desk.today().year(), 12, 31).unwrap_or_default();
    let days = first.iter_days().take_while(|day| *day <= last);
    // The market's own calendar where it reaches, the rules before and after.
    let trades = |day: &NaiveDate| calendar.is_open(*day).unwrap_or_else(|| is_open(*day));
    let row = |day| SheetRow { period: day, published: None, cells: vec![Value::Day(day)] };
    Sheet { columns: vec!["trade_date"], rows: days.filter(trades).map(row).collect(), context: Vec::new() }
}
