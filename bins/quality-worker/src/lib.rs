//! Judges what is published by the rules and the clock, and tells people.
//!
//! Jobs arrive on the queue `quality`: `check_generation` after a publish that changed market data, `check_freshness` by the
//! clock. Both read a published generation, and send what they find to the only writer as `record_findings` jobs; then
//! everybody who is configured is told what is news to them.
//!
//! This daemon opens no file of the warehouse for writing. Publishing findings starts no check: only the ingest worker asks
//! for one, after market data changed. It looks for nothing to do at its start: what is unchecked is a list in the
//! warehouse, and the ingest worker asks again for what is on it.

mod alerts;
mod check;
pub mod crash_point;
mod disk;
mod jobs;
mod measure;
mod pace;
mod publications;
mod replica;
mod run;
mod schedule;
mod watch;

pub use alerts::show::{Preview, dry_run, send_test};
pub use daemon_kit::crash_point::CrashPoint;
pub use disk::DiskProbe;
pub use pace::Pace;
pub use run::{Options, run};
