//! `tool_trade_date_hist_sina` → trading days.

use chrono::NaiveDate;

use super::{BadCell, bad_cell::cell};
use crate::{Fetched, RejectedRow, Row, cache::Answer};

/// The only column.
pub(crate) const COLUMN: &str = "trade_date";

/// The days in the order of the answer.
pub(crate) fn trading_days(answer: &Answer) -> Fetched<NaiveDate> {
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (number, row) in (0..).zip(&answer.table.rows) {
        let day = match row {
            Ok(row) => {
                let day = cell(row, COLUMN);
                day.day().ok_or_else(|| BadCell::of(COLUMN, day, "is not a day"))
            }
            Err(malformed) => {
                Err(BadCell { reason: "the item is not an object".to_owned(), value: malformed.text.clone() })
            }
        };
        match day {
            Ok(value) => rows.push(Row { value, page: 0, row: number }),
            Err(BadCell { reason, value }) => {
                rejected.push(RejectedRow { dataset: answer.page.dataset, page: 0, row: number, reason, value });
            }
        }
    }
    Fetched { rows, rejected, pages: vec![answer.page.clone()], suspect_rows: 0 }
}
