//! How the ledger is doing.

/// How the ledger is doing, for metrics and readiness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerStats {
    /// Rows that wait for the disk.
    pub pending: usize,
    /// Rows written since the start.
    pub written_rows: u64,
    /// Rows whose record was lost since the start: to [`Full`](crate::Full), or at the end on a disk that took no writes.
    pub lost_rows: u64,
    /// Of these, rows that are not even in the sums; their money is written off at the next start.
    pub lost_sums: u64,
    /// Rows ignored because a row of the same id was there.
    pub repeated_rows: u64,
    /// Why nothing can be written now; `None` when the last attempt worked.
    pub trouble: Option<String>,
}
