//! `fundamental_claim`: what a source says a figure of a report is.
//!
//! A figure that is published again (a restatement, a corrected report) is another claim: the announcement is in the key.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, FundamentalClaim, Metric};

use super::{Dataset, first_not_finite};
use crate::arrow_rows::{dates, numbers, optional_dates, texts};

impl Dataset for FundamentalClaim {
    const TABLE: &'static str = "fundamental_claim";
    type Key = (Code, NaiveDate, Metric, Option<NaiveDate>);

    fn key(&self) -> Self::Key {
        (self.code, self.period, self.metric, self.announced)
    }

    fn not_finite(&self) -> Option<&'static str> {
        first_not_finite([("value", Some(self.value))])
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
