//! The series file (D15): a base's curated bars, symbol-major, mapped into memory and read without planning a query.
//!
//! It is a cache with checksums, rebuildable from its base. A reader that finds it missing or damaged says so and asks
//! DuckDB instead; it never serves a block whose checksum does not hold.

mod block;
mod encode;
mod file;
mod format;
mod writer;

pub(crate) use file::SeriesFile;
pub(crate) use writer::SeriesWriter;
pub use writer::{SeriesSummary, write_series};

#[cfg(test)]
mod tests;
