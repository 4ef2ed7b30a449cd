//! Fetches market data and is the warehouse's only writer.
//!
//! Jobs arrive on the queue `ingest` (schedule, operators, the API), fetch from a vendor concurrently, and hand whole
//! batches to one writer thread, which commits each in one transaction and publishes generations. Every job is
//! idempotent: run twice, killed in the middle or run in another order, the warehouse's logical hash is the same.
//!
//! What others want to have written arrives on the queue `warehouse-write`: findings, decisions about quarantined rows.
//! Each publish of market data is followed by a request to quality-worker to check the days that changed.
//!
//! This daemon refuses to guess: without a vendor's calendar a day is no trading day, without reference data a day is
//! withheld, and before 15:30 Shanghai today has no bar.

mod answer;
mod backfill;
mod batch;
mod checks;
mod crash_point;
mod fallback;
mod jobs;
mod pace;
mod parquet;
mod partial_day;
mod publication;
mod queues;
mod reconcile;
mod refusal;
mod renormalize;
mod run;
mod schedule;
mod sources;
mod status;
mod writer_task;

pub use batch::history_batch;
pub use daemon_kit::crash_point::CrashPoint;
pub use pace::Pace;
pub use publication::PublicationTime;
pub use run::{Options, run};
pub use writer_task::{Stored, WriterGone, WriterHandle, WriterTaskOptions, spawn as spawn_writer};
