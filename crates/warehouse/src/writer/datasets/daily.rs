//! `normalized_daily`: bars as traded.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, DailyBar};

use super::{Dataset, first_not_finite};
use crate::arrow_rows::{dates, longs, numbers, optional_numbers, texts};

impl Dataset for DailyBar {
    const TABLE: &'static str = "normalized_daily";
    type Key = (Code, NaiveDate);

    fn key(&self) -> Self::Key {
        (self.code, self.trade_date)
    }

    fn not_finite(&self) -> Option<&'static str> {
        first_not_finite([
            ("open", Some(self.open)),
            ("high", Some(self.high)),
            ("low", Some(self.low)),
            ("close", Some(self.close)),
            ("pre_close", self.pre_close),
            ("amount", self.amount),
            ("adj_factor", self.adj_factor),
        ])
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| row.code.as_str())),
            dates(rows.iter().map(|row| row.trade_date)),
            numbers(rows.iter().map(|row| row.open)),
            numbers(rows.iter().map(|row| row.high)),
            numbers(rows.iter().map(|row| row.low)),
            numbers(rows.iter().map(|row| row.close)),
            optional_numbers(rows.iter().map(|row| row.pre_close)),
            longs(rows.iter().map(|row| row.volume)),
            optional_numbers(rows.iter().map(|row| row.amount)),
            optional_numbers(rows.iter().map(|row| row.adj_factor)),
        ]
    }
}
