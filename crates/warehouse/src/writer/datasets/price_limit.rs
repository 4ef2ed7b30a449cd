//! `price_limit`: the day's limits as the vendor publishes them.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, PriceLimit};

use super::{Dataset, first_not_finite};
use crate::arrow_rows::{dates, numbers, texts};

impl Dataset for PriceLimit {
    const TABLE: &'static str = "price_limit";
    type Key = (Code, NaiveDate);

    fn key(&self) -> Self::Key {
        (self.code, self.trade_date)
    }

    fn not_finite(&self) -> Option<&'static str> {
        first_not_finite([("up_limit", Some(self.up_limit)), ("down_limit", Some(self.down_limit))])
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| row.code.as_str())),
            dates(rows.iter().map(|row| row.trade_date)),
            numbers(rows.iter().map(|row| row.up_limit)),
            numbers(rows.iter().map(|row| row.down_limit)),
        ]
    }
}
