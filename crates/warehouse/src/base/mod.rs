//! Bases: immutable, symbol-major files that hold the history. [`file`] knows what one consists of, [`builder`] fills one
//! straight from whole histories; the other way to a new base is [`crate::compact`].

mod builder;
mod file;
mod row_groups;
mod unused;

pub use builder::{BaseBuilder, Built, History};
pub(crate) use file::{NEXT, NextBase};
pub(crate) use row_groups::RowGroups;
pub(crate) use unused::remove_unused;
