//! Roll-ups: the sums of an hour, numbered, until the warehouse has them.

use chrono::{DateTime, Utc};
use route_policy::{Cny, Usage};
use serde::{Deserialize, Serialize};

/// All sums of one hour. A higher version of the same hour replaces a lower one.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// The beginning of the hour, UTC.
    pub hour: DateTime<Utc>,
    /// From 1; one more whenever requests of the hour came in after the last cut.
    pub version: u32,
    /// When this version was last pushed.
    pub pushed_at: Option<DateTime<Utc>>,
    /// The sums, by profile, channel and model.
    pub rows: Vec<RollupRow>,
}

/// The sums of one profile, channel and model in an hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollupRow {
    /// Who asked, or [`WRITTEN_OFF`](crate::WRITTEN_OFF).
    pub profile: String,
    /// The channel that answered or was billed; empty for requests that no channel was asked for.
    pub channel: String,
    /// The model as callers name it; empty where no channel was asked.
    pub model: String,
    /// Requests that ended on this channel.
    pub requests: u64,
    /// Of these, failed ones.
    pub failures: u64,
    /// Tokens.
    pub usage: Usage,
    /// Money.
    pub cny: Cny,
    /// Of this, estimated.
    pub estimated_cny: Cny,
}
