//! How the ledger behaves.

/// How the ledger behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerOptions {
    /// Days that requests, sums, budgets and their write-offs are kept.
    pub keep_days: u32,
    /// Days that the audit log is kept.
    pub audit_keep_days: u32,
    /// A recorded request is on disk within about this many milliseconds; until then others join its transaction.
    pub group_commit_ms: u32,
    /// Requests that may wait for the disk; about 750 bytes each. More are [`Full`](crate::Full).
    pub max_pending: usize,
    /// Minutes after the end of an hour before its roll-up is cut, so that answers under way still make it in.
    pub rollup_grace_min: u32,
}

impl Default for LedgerOptions {
    fn default() -> Self {
        Self { keep_days: 90, audit_keep_days: 730, group_commit_ms: 20, max_pending: 100_000, rollup_grace_min: 2 }
    }
}
