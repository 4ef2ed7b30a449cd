//! `trading_calendar`: which days trade.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{CalendarDay, Exchange};

use super::{Dataset, Identity};
use crate::arrow_rows::{booleans, dates, optional_dates, texts};

impl Dataset for CalendarDay {
    const TABLE: &'static str = "trading_calendar";
    type Key = (Exchange, NaiveDate);

    fn key(&self) -> Self::Key {
        (self.exchange, self.date)
    }

    fn identity(&self) -> Identity {
        Identity { code: self.exchange.name().to_owned(), day: Some(self.date), detail: None }
    }

    fn candidate(&self) -> Option<String> {
        None
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| row.exchange.name())),
            dates(rows.iter().map(|row| row.date)),
            booleans(rows.iter().map(|row| row.is_open)),
            optional_dates(rows.iter().map(|row| row.previous_open)),
        ]
    }
}
