//! `fundamental_claim`: what a source says a figure of a report is.
//!
//! A figure that is published again (a restatement, a corrected report) is another claim: the announcement is in the key.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, FundamentalClaim, Metric};
use quality_rules::gate::{self, Refusal};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{dates, numbers, optional_dates, texts};

impl Dataset for FundamentalClaim {
    const TABLE: &'static str = "fundamental_claim";
    type Key = (Code, NaiveDate, Metric, Option<NaiveDate>);

    fn key(&self) -> Self::Key {
        (self.code, self.period, self.metric, self.announced)
    }

    fn identity(&self) -> Identity {
        let known = std::iter::once(self.metric.as_str().to_owned()).chain(self.announced.map(|day| day.to_string()));
        Identity::of_day(&self.code, self.period).with(Some(known.collect::<Vec<_>>().join("|")))
    }

    fn gate(&self) -> Result<(), Refusal> {
        gate::claim(self)
    }

    fn candidate(&self) -> Option<String> {
        json(self, [self.value])
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| row.code.as_str())),
            dates(rows.iter().map(|row| row.period)),
            texts(rows.iter().map(|row| row.metric.as_str())),
            numbers(rows.iter().map(|row| row.value)),
            texts(rows.iter().map(|row| row.metric.unit().as_str())),
            optional_dates(rows.iter().map(|row| row.announced)),
        ]
    }
}
