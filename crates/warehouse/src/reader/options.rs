//! How a reader works.

use std::time::Duration;

/// Limits of a [`crate::Reader`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderOptions {
    /// DuckDB's memory limit in MB.
    pub memory_limit_mb: u32,
    /// DuckDB's threads; one leaves the cores to the connections.
    pub threads: u32,
    /// How many queries run at once; more wait.
    pub connections: u32,
    /// A query is stopped after this long, the wait for a connection included.
    pub query_timeout: Duration,
    /// The tail's bars are kept in memory up to this many; above, DuckDB reads them. A bar takes 64 bytes.
    pub tail_rows_max: u64,
    /// Compare the SHA-256 of every file when a generation is opened. Reads all of it: for replicas, whose copies came over
    /// a network. Lengths are always compared.
    pub verify_on_open: bool,
}

impl Default for ReaderOptions {
    fn default() -> Self {
        Self {
            memory_limit_mb: 96,
            threads: 1,
            connections: 4,
            query_timeout: Duration::from_secs(10),
            tail_rows_max: 2_000_000,
            verify_on_open: false,
        }
    }
}
