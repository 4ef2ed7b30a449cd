//! The data sets of a batch, one file each: what identifies a row, what its gate is, its columns.

mod calendar;
mod corporate_action;
mod daily;
mod daily_basic;
mod fundamental_claim;
mod instrument;
mod instrument_name;
mod macro_observation;
mod price_limit;
mod suspension;

pub(crate) use instrument::{INSTRUMENT_COLUMNS, PAUSED, read_instrument, read_listing};
pub(crate) use suspension::SUSPENDED;

use std::{fmt::Debug, hash::Hash};

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::Code;
use quality_rules::gate::Refusal;
use serde::Serialize;

use crate::{engine::quote, schema::Table};

/// A row type of [`crate::Batch`].
pub(crate) trait Dataset: PartialEq + Debug {
    /// The table its rows go to. The table's columns are [`Dataset::columns`], then source, raw_id, raw_row, ingested_at.
    const TABLE: &'static str;
    /// What identifies a row within one source.
    type Key: Eq + Hash;

    /// The row's key.
    fn key(&self) -> Self::Key;

    /// The row's key as it is stored.
    fn identity(&self) -> Identity;

    /// Whether the row may be stored.
    fn gate(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Whether the row can be stored by decision although the gate refuses it.
    fn is_storable(&self) -> bool {
        self.gate().is_ok()
    }

    /// The row as JSON; `None` where JSON cannot hold it.
    fn candidate(&self) -> Option<String>;

    /// The business columns in the table's order, `source` excepted.
    fn columns(rows: &[&Self]) -> Vec<ArrayRef>;
}

/// A row's key as it is stored, `source` aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The code, the exchange or the series.
    pub(crate) code: String,
    /// The row's day, in a table with days.
    pub(crate) day: Option<NaiveDate>,
    /// What else identifies it: the columns of [`Table::detail_columns`], the last of which may be absent.
    pub(crate) detail: Option<String>,
}

impl Identity {
    fn of_day(code: &Code, day: NaiveDate) -> Self {
        Self { code: code.as_str().to_owned(), day: Some(day), detail: None }
    }

    fn with(self, detail: Option<String>) -> Self {
        Self { detail, ..self }
    }

    /// The key in one text: what [`row_key`] gives in SQL.
    pub(crate) fn row_key(&self) -> String {
        let day = self.day.map(|day| day.to_string());
        let parts = [Some(&self.code), day.as_ref(), self.detail.as_ref()];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("|")
    }
}

/// The key of row `alias` of `table` in one text, as SQL.
pub(crate) fn row_key(table: &Table, alias: &str) -> String {
    let code = table.code();
    format!("concat_ws('|', {alias}.{code}, {}::VARCHAR, {})", table.day(alias), table.detail(alias))
}

/// A condition on `column`: that it holds the name of `table`.
pub(crate) fn is_table(column: &str, table: &Table) -> String {
    format!("{column} = {}", quote(table.name))
}

/// A finite row as JSON.
fn json<T: Serialize>(row: &T, numbers: impl IntoIterator<Item = f64>) -> Option<String> {
    // JSON has no NaN: it would come back as nothing at all.
    if numbers.into_iter().all(f64::is_finite) { serde_json::to_string(row).ok() } else { None }
}

#[cfg(test)]
mod tests;
