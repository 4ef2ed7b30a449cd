//! The data sets of a batch, one file each: what identifies a row, which of its values are numbers, its columns.

mod calendar;
mod corporate_action;
mod daily;
mod daily_basic;
mod fundamental_claim;
mod instrument;
mod macro_observation;
mod price_limit;
mod suspension;

pub(crate) use instrument::{INSTRUMENT_COLUMNS, PAUSED, read_instrument, read_listing};
pub(crate) use suspension::SUSPENDED;

use std::{fmt::Debug, hash::Hash};

use duckdb::arrow::array::ArrayRef;

/// A row type of [`crate::Batch`].
pub(crate) trait Dataset: PartialEq + Debug {
    /// The table its rows go to. The table's columns are [`Dataset::columns`], then source, raw_id, raw_row, ingested_at.
    const TABLE: &'static str;
    /// What identifies a row within one source.
    type Key: Eq + Hash;

    /// The row's key.
    fn key(&self) -> Self::Key;

    /// The name of a number that is NaN or infinite.
    fn not_finite(&self) -> Option<&'static str>;

    /// The business columns in the table's order, `source` excepted.
    fn columns(rows: &[&Self]) -> Vec<ArrayRef>;
}

/// The first name whose value is not finite.
fn first_not_finite<const N: usize>(numbers: [(&'static str, Option<f64>); N]) -> Option<&'static str> {
    numbers.into_iter().find(|(_, value)| value.is_some_and(|value| !value.is_finite())).map(|(name, _)| name)
}
