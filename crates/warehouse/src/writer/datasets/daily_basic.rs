//! `normalized_daily_basic`: valuation figures.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, DailyBasic};
use quality_rules::gate::{self, Refusal};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{dates, optional_numbers, texts};

/// A figure by its name.
type Figure = (&'static str, fn(&DailyBasic) -> Option<f64>);

/// The figures in the order of the table's columns.
const FIGURES: [Figure; 15] = [
    ("turnover_rate", |row| row.turnover_rate),
    ("turnover_rate_free", |row| row.turnover_rate_free),
    ("volume_ratio", |row| row.volume_ratio),
    ("pe", |row| row.pe),
    ("pe_ttm", |row| row.pe_ttm),
    ("pb", |row| row.pb),
    ("ps", |row| row.ps),
    ("ps_ttm", |row| row.ps_ttm),
    ("dividend_yield", |row| row.dividend_yield),
    ("dividend_yield_ttm", |row| row.dividend_yield_ttm),
    ("total_shares", |row| row.total_shares),
    ("float_shares", |row| row.float_shares),
    ("free_shares", |row| row.free_shares),
    ("total_value", |row| row.total_value),
    ("float_value", |row| row.float_value),
];

impl Dataset for DailyBasic {
    const TABLE: &'static str = "normalized_daily_basic";
    type Key = (Code, NaiveDate);

    fn key(&self) -> Self::Key {
        (self.code, self.trade_date)
    }

    fn identity(&self) -> Identity {
        Identity::of_day(&self.code, self.trade_date)
    }

    fn gate(&self) -> Result<(), Refusal> {
        gate::basic(self)
    }

    fn candidate(&self) -> Option<String> {
        json(self, FIGURES.iter().filter_map(|(_, figure)| figure(self)))
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        let mut columns =
            vec![texts(rows.iter().map(|row| row.code.as_str())), dates(rows.iter().map(|row| row.trade_date))];
        columns.extend(FIGURES.iter().map(|(_, figure)| optional_numbers(rows.iter().map(|row| figure(row)))));
        columns
    }
}
