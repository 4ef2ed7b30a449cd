//! The gateway's books in one SQLite file: budget leases, requests and what they cost, sums per hour and their roll-ups,
//! the audit log, client tokens, stored channels with sealed keys.

mod channels;
mod error;
mod ledger;
pub mod new_api;
mod options;
mod records;
pub mod seal;
mod store;
mod tokens;
mod usage;

pub use channels::{BudgetOverride, ChannelOverride, Parked, StoredChannel};
pub use error::{Full, LedgerError};
pub use ledger::{
    AuditFilter, AuditPage, Ledger, LedgerStats, Pruned, Recovery, RequestCursor, RequestFilter, RequestPage,
    WrittenOff,
};
pub use options::LedgerOptions;
pub use records::{AttemptRecord, AuditEntry, Charge, Considered, RequestRow};
pub use tokens::{Registered, TokenRecord};
pub use usage::{ChannelTotal, Rollup, RollupRow, Spending, SpendingBy, SpendingQuery, WRITTEN_OFF};
