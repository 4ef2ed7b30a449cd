//! Generations as Parquet: immutable files per (table, partition), and a manifest per generation that names them.
//!
//! For readers that are not ours: DuckLake, Spark, pandas. The files of one manifest together are the tables, row for row,
//! and nobody has to merge anything. Most of them stay from one generation to the next: a year of the base is written
//! once, a month of the tail whenever it changes.
//!
//! Everything is made from published generations, so that no publish waits for it and nothing here can break one.

mod described;
mod export;
mod manifest;
mod options;
mod parts;
mod retain;
mod verify;
mod write;

pub use export::{ParquetExported, export_generation};
pub use manifest::{ParquetColumn, ParquetFile, ParquetManifest, ParquetTable};
pub use options::{ParquetOptions, ParquetStep};
pub use verify::{ParquetReport, verify_parquet};

#[cfg(test)]
mod tests;
