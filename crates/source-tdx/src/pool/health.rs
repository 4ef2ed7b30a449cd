//! What the pool knows of its servers, for people.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

/// Whether a server is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerState {
    /// Not probed yet, or being probed right now.
    Unknown,
    /// It served real bars when it was last probed, and everything since.
    Good,
    /// It failed; it is probed again at that time.
    Bad {
        /// When.
        retry_at: DateTime<Utc>,
    },
}

/// One server as the pool sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHealth {
    /// `host:port`.
    pub server: String,
    /// Whether it is used.
    pub state: ServerState,
    /// Mean time of its recent answers.
    pub latency: Option<Duration>,
    /// The day of the newest bar in its last probe.
    pub newest_bar: Option<NaiveDate>,
    /// What it last did wrong; stays after it recovered.
    pub last_fault: Option<String>,
}
