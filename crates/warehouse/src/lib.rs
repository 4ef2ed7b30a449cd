//! The DuckDB warehouse: one writer, published generations, the series file.

mod arrow_rows;
mod base;
mod batch;
mod bulk;
mod compact;
mod coverage;
mod curate;
mod durable;
mod engine;
mod error;
mod export;
mod findings;
#[cfg(test)]
mod fixture;
mod gateway_usage;
pub mod layout;
mod logical;
pub mod manifest;
mod parquet;
mod publish;
mod quarantine;
mod raw;
mod reader;
mod replica;
mod restore;
mod row_hash;
mod schema;
mod series;
mod status;
mod stopwatch;
mod whole_market;
mod writer;

pub use batch::{Batch, Committed, JobRun, Listing, Partition, RawResponse, Rejected, Sourced, Withheld};
pub use bulk::{BulkLoaded, StagedCode};
pub use compact::Compacted;
pub use curate::{CodeRows, Noticed, ServedRow, curate_in_memory};
pub use error::WarehouseError;
pub use export::{ExportColumn, ExportTable, export_arrow, export_parquet};
pub use findings::{DueChecks, FindingsRecord, FindingsScope, FoundRow, Recorded};
pub use gateway_usage::{GatewayUsage, GatewayUsageRow, UsageRecorded};
pub use layout::Layout;
pub use manifest::Manifest;
pub use parquet::{
    ParquetColumn, ParquetExported, ParquetFile, ParquetManifest, ParquetOptions, ParquetReport, ParquetStep,
    ParquetTable, export_generation, verify_parquet,
};
pub use publish::{GenerationInfo, Held, Published, VerifyReport, adopt, hold_current, list_generations, verify};
pub use quarantine::{QuarantineDecision, QuarantineOutcome, QuarantinedRow, Released, ReleasedRow};
pub use reader::{
    Anchor, BadCursor, Bar, Claim, Claims, CodeRange, Cursor, FeatureRow, FindingDay, FindingFilter, FindingPage,
    Generation, JudgedDay, LoggedFinding, MacroAnswer, MacroRow, MacroSeries, MarketFacts, Missing, MissingReason,
    NormalizedRow, PAGE_ROWS_MAX, Page, QuarantineEntry, QuarantineFilter, QuarantinedRaw, RawRow, Reader,
    ReaderOptions, SeriesState, SourceDay, SourceId, SourcedAction, known_volume,
};
pub use replica::{Drill, ReplicaFile, read_replica, write_replica};
pub use restore::{NUMBERS_SKIPPED, RawArchive, complete_restored, raw_archives, verify_archives};
pub use schema::SCHEMA_VERSION;
pub use series::{SeriesSummary, write_series};
pub use status::{
    BackfillPhase, BackfillProgress, FinishedJob, Freshness, RunningJob, StatusFile, WithheldDay, read_status,
    write_status,
};
pub use whole_market::is_whole_market;
pub(crate) use whole_market::whole_market_sql;
pub use writer::{PartitionFact, SourcePolicy, StatusFacts, Step, StepObserver, Writer, WriterOptions};
