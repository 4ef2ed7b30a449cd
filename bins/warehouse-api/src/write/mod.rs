//! Answers as bytes: numbers, JSON and CSV.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod number;
