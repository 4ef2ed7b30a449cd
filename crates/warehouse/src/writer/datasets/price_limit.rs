//! `price_limit`: the day's limits as the vendor publishes them.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, PriceLimit};
use quality_rules::gate::{self, Refusal};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{dates, numbers, texts};

impl Dataset for PriceLimit {
    const TABLE: &'static str = "price_limit";
    type Key = (Code, NaiveDate);

    fn key(&self) -> Self::Key {
        (self.code, self.trade_date)
    }

    fn identity(&self) -> Identity {
        Identity::of_day(&self.code, self.trade_date)
    }

    fn gate(&self) -> Result<(), Refusal> {
        gate::limit(self)
    }

    fn candidate(&self) -> Option<String> {
        json(self, [self.up_limit, self.down_limit])
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
