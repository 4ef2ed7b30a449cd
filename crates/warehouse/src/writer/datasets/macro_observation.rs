//! `macro_observation`: what a source says a period's figure of a series is.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::MacroObservation;
use quality_rules::gate::{self, Refusal};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{dates, numbers, optional_dates, optional_numbers, texts};

impl Dataset for MacroObservation {
    const TABLE: &'static str = "macro_observation";
    type Key = (String, NaiveDate, Option<NaiveDate>);

    fn key(&self) -> Self::Key {
        (self.series.clone(), self.period, self.published)
    }

    fn identity(&self) -> Identity {
        let detail = self.published.map(|day| day.to_string());
        Identity { code: self.series.clone(), day: Some(self.period), detail }
    }

    fn gate(&self) -> Result<(), Refusal> {
        gate::observation(self)
    }

    fn candidate(&self) -> Option<String> {
        json(self, [Some(self.value), self.consensus, self.previous].into_iter().flatten())
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
