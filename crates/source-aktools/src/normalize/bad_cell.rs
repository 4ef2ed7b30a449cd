//! Why a row, or one figure of it, is refused.

use std::collections::BTreeMap;

use crate::cell::Cell;

/// A refusal that names its column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadCell {
    pub(crate) reason: String,
    /// The cell as it was sent.
    pub(crate) value: String,
}

impl BadCell {
    pub(crate) fn of(column: &str, cell: &Cell, problem: &str) -> Self {
        Self { reason: format!("{column} {problem}"), value: cell.as_str().to_owned() }
    }
}

/// A column's cell; null where the row does not have it.
pub(super) fn cell<'a>(row: &'a BTreeMap<Box<str>, Cell>, column: &str) -> &'a Cell {
    const ABSENT: &Cell = &Cell::Null;
    row.get(column).unwrap_or(ABSENT)
}

/// A figure; `None` where there is none.
pub(super) fn figure(row: &BTreeMap<Box<str>, Cell>, column: &str, exponent: i32) -> Result<Option<f64>, BadCell> {
    let cell = cell(row, column);
    match (cell.content(), cell.decimal(exponent)) {
        (None, _) => Ok(None),
        (_, Some(value)) => Ok(Some(value)),
        (Some(_), None) => Err(BadCell::of(column, cell, "is not a number")),
    }
}
