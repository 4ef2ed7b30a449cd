//! The gateway's books in one SQLite file: budget leases, requests and what they cost, sums per hour and their roll-ups,
//! the audit log, client tokens, stored channels with sealed keys.
//!
//! # Why the books are never below what was spent
//!
//! Money is taken from a day's budget in leases ([`Ledger::lease`]), which are on disk, fsync included, before they are
//! granted; single requests spend from a granted lease in memory and are written down in groups ([`Ledger::record`]), a
//! few milliseconds later. So at every instant the file holds at least what has been spent, whenever the process dies; and
//! where the power is cut, too, which takes rows that no lease, roll-up or [`Ledger::flush`] came after, never a lease.
//! The next [`Ledger::open`] writes off what was leased and neither returned nor recorded: it counts as spent, flagged as
//! estimated, under the profile [`WRITTEN_OFF`]. An orderly end returns it instead ([`Ledger::return_lease`]).
//!
//! # When the disk is slow or full
//!
//! Up to [`LedgerOptions::max_pending`] rows wait in memory (about 75 MB at the default). Beyond that a row's record is
//! lost and [`Full`] says so; its tokens and money stay in the sums that are written next. A full disk grants no lease
//! ([`LedgerError::DiskFull`]): whoever has none left must refuse. When there is room again everything that waits is
//! written, without a restart. What cannot be written at the very end is written off at the next start, as after a crash.
//!
//! # After a restore
//!
//! Books that come out of a backup know nothing of what was spent since. [`close_day`] makes them grant nothing more of that
//! day's bounded budgets: better no request than a budget that is spent twice.
//!
//! # What is refused
//!
//! A second process (the same money would be granted twice), a file of a newer schema, and a file of another program.
//! A request's id counts once: whatever is recorded under it again changes nothing.

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
    WrittenOff, close_day,
};
pub use options::LedgerOptions;
pub use records::{AttemptRecord, AuditEntry, Charge, Considered, RequestRow};
pub use tokens::{Registered, TokenRecord};
pub use usage::{
    ChannelTotal, Charged, DailySpending, Rollup, RollupRow, Spending, SpendingBy, SpendingQuery, WRITTEN_OFF,
};
