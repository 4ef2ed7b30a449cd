//! `instrument_name`: what a share was called, and when.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, InstrumentName};
use quality_rules::{
    gate::Refusal,
    rules::{completeness, schema},
};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{booleans, dates, optional_dates, texts};

impl Dataset for InstrumentName {
    const TABLE: &'static str = "instrument_name";
    type Key = (Code, NaiveDate);

    fn key(&self) -> Self::Key {
        (self.code, self.from)
    }

    fn identity(&self) -> Identity {
        Identity::of_day(&self.code, self.from)
    }

    /// A name is a text, and nobody has one until before he got it.
    fn gate(&self) -> Result<(), Refusal> {
        if self.name.trim().is_empty() {
            return Err(Refusal { rule: &completeness::INFO, reason: "`name` is empty".into(), value: "name=".into() });
        }
        match self.until.filter(|until| *until < self.from) {
            Some(until) => Err(Refusal {
                rule: &schema::INFO,
                reason: format!("`until` lies before `from` ({})", self.from),
                value: format!("until={until}"),
            }),
            None => Ok(()),
        }
    }

    fn candidate(&self) -> Option<String> {
        json(self, [])
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| row.code.as_str())),
            dates(rows.iter().map(|row| row.from)),
            optional_dates(rows.iter().map(|row| row.until)),
            texts(rows.iter().map(|row| &row.name)),
            booleans(rows.iter().map(|row| row.special_treatment)),
        ]
    }
}
