//! The DuckDB warehouse: one writer, published generations, the series file.

mod arrow_rows;
mod base;
mod batch;
mod compact;
mod coverage;
mod curate;
mod durable;
mod engine;
mod error;
mod export;
#[cfg(test)]
mod fixture;
pub mod layout;
mod logical;
pub mod manifest;
mod publish;
mod raw;
mod reader;
mod schema;
mod series;
mod status;
mod stopwatch;
mod writer;

pub use base::{BaseBuilder, Built, History};
pub use batch::{Batch, Committed, JobRun, Listing, Partition, RawResponse, Rejected, Sourced, Withheld};
pub use compact::Compacted;
pub use error::WarehouseError;
pub use export::{ExportColumn, ExportTable, export_arrow, export_parquet};
pub use layout::Layout;
pub use manifest::Manifest;
pub use publish::{GenerationInfo, Published, VerifyReport, list_generations, verify};
pub use reader::{
    Anchor, Bar, FeatureRow, Generation, Missing, MissingReason, NormalizedRow, RawRow, Reader, ReaderOptions,
    SeriesState, SourceId,
};
pub use schema::SCHEMA_VERSION;
pub use series::{SeriesSummary, write_series};
pub use status::{
    BackfillProgress, FinishedJob, Freshness, RunningJob, StatusFile, WithheldDay, read_status, write_status,
};
pub use writer::{PartitionFact, StatusFacts, Step, StepObserver, Writer, WriterOptions};
