//! What the gateway relayed, hour by hour: recorded by the writer, read from a generation.

mod check;
mod record;

use chrono::{DateTime, Utc};

/// One hour, as the gateway reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUsage {
    /// The hour's beginning.
    pub hour: DateTime<Utc>,
    /// The number of the report about this hour, from 1 on: a later one replaces an earlier one.
    pub version: u64,
    /// All of the hour; each profile, channel and model once.
    pub rows: Vec<GatewayUsageRow>,
}

/// What one profile used of one model on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUsageRow {
    /// Whose requests.
    pub profile: String,
    /// The channel that served them; empty for requests that no channel was asked for.
    pub channel: String,
    /// The model by its public name.
    pub model: String,
    /// Requests.
    pub requests: u64,
    /// Of these, requests that failed.
    pub failed: u64,
    /// Tokens of the prompts, cached ones included.
    pub input_tokens: u64,
    /// Of these, tokens that the upstream had cached.
    pub cached_tokens: u64,
    /// Tokens of the answers, thinking included.
    pub output_tokens: u64,
    /// Of these, tokens of thinking.
    pub thinking_tokens: u64,
    /// What it cost, nano-yuan.
    pub cny_nano: i64,
    /// The part of it that no upstream has confirmed, nano-yuan.
    pub estimated_cny_nano: i64,
}

/// What recording an hour did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageRecorded {
    /// The hour's rows are those of the report.
    Stored,
    /// They were already, or a later report's are there.
    Known {
        /// The version that is there.
        version: u64,
    },
}
