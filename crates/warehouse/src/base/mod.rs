//! Bases: immutable, symbol-major files that hold the history. [`file`] knows what one consists of; what is in the next one
//! is decided by [`crate::compact`] and [`crate::bulk`].

mod file;
mod row_groups;
mod unused;

pub(crate) use file::{NEXT, NextBase};
pub(crate) use row_groups::RowGroups;
pub(crate) use unused::remove_unused;
