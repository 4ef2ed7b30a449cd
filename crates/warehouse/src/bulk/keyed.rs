//! Rows of one code by (day, source): laying some over others.
//!
//! The tables have the same frame: code and trade_date first, then the values, then source, raw_id, raw_row, ingested_at.

use std::cmp::Ordering;

use duckdb::arrow::{
    array::{Array, AsArray, Int64Array, RecordBatch, StringArray, make_comparator},
    compute::{SortOptions, concat_batches, interleave_record_batch},
    datatypes::{Date32Type, Int64Type, TimestampMicrosecondType},
    error::ArrowError,
};

use crate::WarehouseError;

/// The columns after the values: source, raw_id, raw_row, ingested_at.
const LINEAGE: usize = 4;

/// The rows of a batch by their key.
#[derive(Debug)]
pub(super) struct Keyed<'a> {
    days: &'a [i32],
    sources: &'a StringArray,
    raw_ids: &'a Int64Array,
    ingested: &'a [i64],
}

impl<'a> Keyed<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self, WarehouseError> {
        let values_end = batch.num_columns().checked_sub(LINEAGE).filter(|end| *end >= 2);
        let end = values_end.ok_or_else(|| WarehouseError::Other("a table without lineage".to_owned()))?;
        let column = |at: usize| batch.column(at).as_ref();
        let misfit = || WarehouseError::Other("a table has another frame than expected".to_owned());
        Ok(Self {
            days: column(1).as_primitive_opt::<Date32Type>().ok_or_else(misfit)?.values(),
            sources: column(end).as_string_opt::<i32>().ok_or_else(misfit)?,
            raw_ids: column(end + 1).as_primitive_opt::<Int64Type>().ok_or_else(misfit)?,
            ingested: column(end + 3).as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(misfit)?.values(),
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.days.len()
    }

    /// The day of row `at`, since 1970-01-01.
    pub(super) fn day(&self, at: usize) -> i32 {
        self.days[at]
    }

    /// The vendor of row `at`.
    pub(super) fn source(&self, at: usize) -> &'a str {
        self.sources.value(at)
    }

    /// When the response behind row `at` was complete, microseconds.
    pub(super) fn ingested_at(&self, at: usize) -> i64 {
        self.ingested[at]
    }

    /// The id of the response behind row `at`.
    pub(super) fn raw_id(&self, at: usize) -> Option<i64> {
        self.raw_ids.is_valid(at).then(|| self.raw_ids.value(at))
    }

    fn compare(&self, at: usize, other: &Self, other_at: usize) -> Ordering {
        let days = self.days[at].cmp(&other.days[other_at]);
        days.then_with(|| self.sources.value(at).cmp(other.sources.value(other_at)))
    }
}

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left(usize),
    Right(usize),
    Both(usize, usize),
}

/// Visits the keys of both in their order.
pub(super) fn walk(left: &Keyed<'_>, right: &Keyed<'_>, mut visit: impl FnMut(Side)) {
    let (mut i, mut j) = (0, 0);
    while i < left.rows() && j < right.rows() {
        match left.compare(i, right, j) {
            Ordering::Less => visit(Side::Left(i)),
            Ordering::Greater => visit(Side::Right(j)),
            Ordering::Equal => visit(Side::Both(i, j)),
        }
        let order = left.compare(i, right, j);
        i += usize::from(order != Ordering::Greater);
        j += usize::from(order != Ordering::Less);
    }
    (i..left.rows()).for_each(|i| visit(Side::Left(i)));
    (j..right.rows()).for_each(|j| visit(Side::Right(j)));
}

/// The rows of `under` and `over`; where a key is in both, `over`'s.
pub(super) fn overlay(under: Vec<RecordBatch>, over: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, WarehouseError> {
    let (Some(low), Some(high)) = (concat(&under)?, concat(&over)?) else {
        return Ok(if under.is_empty() { over } else { under });
    };
    let mut rows = Vec::with_capacity(low.num_rows() + high.num_rows());
    walk(&Keyed::of(&low)?, &Keyed::of(&high)?, |side| match side {
        Side::Left(i) => rows.push((0, i)),
        Side::Right(j) | Side::Both(_, j) => rows.push((1, j)),
    });
    Ok(vec![select(&[&low, &high], &rows)?])
}

/// Whether row i of one batch and row j of another have the same values, lineage aside.
pub(super) fn equality(
    left: &RecordBatch,
    right: &RecordBatch,
) -> Result<impl Fn(usize, usize) -> bool + use<>, WarehouseError> {
    let values = 2..left.num_columns().saturating_sub(LINEAGE);
    let comparators = values
        .map(|at| make_comparator(left.column(at), right.column(at), SortOptions::default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(arrow_error)?;
    Ok(move |i, j| comparators.iter().all(|compare| compare(i, j) == Ordering::Equal))
}

/// All rows in one batch; `None` if there are no batches.
pub(super) fn concat(batches: &[RecordBatch]) -> Result<Option<RecordBatch>, WarehouseError> {
    match batches {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        [first, ..] => concat_batches(&first.schema(), batches).map(Some).map_err(arrow_error),
    }
}

/// The rows named by (batch, row), in that order.
pub(super) fn select(batches: &[&RecordBatch], rows: &[(usize, usize)]) -> Result<RecordBatch, WarehouseError> {
    interleave_record_batch(batches, rows).map_err(arrow_error)
}

pub(super) fn arrow_error(error: ArrowError) -> WarehouseError {
    WarehouseError::Other(format!("merge rows: {error}"))
}
