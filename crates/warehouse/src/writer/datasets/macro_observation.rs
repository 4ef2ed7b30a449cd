//! `macro_observation`: what a source says a period's figure of a series is.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::MacroObservation;

use super::{Dataset, first_not_finite};
use crate::arrow_rows::{dates, numbers, optional_dates, optional_numbers, texts};

impl Dataset for MacroObservation {
    const TABLE: &'static str = "macro_observation";
    type Key = (String, NaiveDate, Option<NaiveDate>);

    fn key(&self) -> Self::Key {
        (self.series.clone(), self.period, self.published)
    }

    fn not_finite(&self) -> Option<&'static str> {
        first_not_finite([("value", Some(self.value)), ("consensus", self.consensus), ("previous", self.previous)])
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| &row.series)),
            dates(rows.iter().map(|row| row.period)),
            optional_dates(rows.iter().map(|row| row.published)),
            numbers(rows.iter().map(|row| row.value)),
            texts(rows.iter().map(|row| &row.unit)),
            optional_numbers(rows.iter().map(|row| row.consensus)),
            optional_numbers(rows.iter().map(|row| row.previous)),
        ]
    }
}
