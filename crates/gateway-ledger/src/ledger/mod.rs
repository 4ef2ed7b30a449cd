//! The ledger's handle, one file per group of operations.

mod audit;
mod charged;
mod closed_day;
#[cfg(test)]
mod full_disk;
mod handle;
mod leases;
mod prune;
mod recovery;
mod requests;
mod rollups;
mod runtime_state;
mod spending;
mod stats;
mod token_table;

pub use audit::{AuditFilter, AuditPage};
pub use closed_day::close_day;
pub use handle::Ledger;
pub use prune::Pruned;
pub use recovery::{Recovery, WrittenOff};
pub use requests::{RequestCursor, RequestFilter, RequestPage};
pub use stats::LedgerStats;
