//! `normalized_daily`: bars as traded.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, DailyBar};
use quality_rules::gate::{self, Refusal};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{dates, longs, numbers, optional_numbers, texts};

impl Dataset for DailyBar {
    const TABLE: &'static str = "normalized_daily";
    type Key = (Code, NaiveDate);

    fn key(&self) -> Self::Key {
        (self.code, self.trade_date)
    }

    fn identity(&self) -> Identity {
        Identity::of_day(&self.code, self.trade_date)
    }

    fn gate(&self) -> Result<(), Refusal> {
        gate::bar(self)
    }

    fn is_storable(&self) -> bool {
        gate::is_storable(self)
    }

    fn candidate(&self) -> Option<String> {
        let optional = [self.pre_close, self.amount, self.adj_factor].into_iter().flatten();
        json(self, [self.open, self.high, self.low, self.close].into_iter().chain(optional))
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
