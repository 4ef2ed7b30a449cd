//! Who spent what.

use chrono::{DateTime, Utc};
use route_policy::{Cny, Day, Usage};

/// What spending is summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendingBy {
    /// By profile.
    Profile,
    /// By channel.
    Channel,
    /// By the model as callers name it.
    Model,
    /// By day, Asia/Shanghai.
    Day,
    /// By hour; the key is its beginning in UTC, RFC 3339.
    Hour,
}

/// Which spending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendingQuery {
    /// From this hour on (minutes are cut off).
    pub from: DateTime<Utc>,
    /// Until before this hour.
    pub to: DateTime<Utc>,
    /// Summed by.
    pub by: SpendingBy,
    /// Only this profile's.
    pub profile: Option<String>,
    /// Only on this channel.
    pub channel: Option<String>,
    /// Only this model's.
    pub model: Option<String>,
}

/// One line of a spending report. A failed attempt that was billed counts where it was billed, the request where it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Spending {
    /// The profile, channel, model, day or hour.
    pub key: String,
    /// Requests.
    pub requests: u64,
    /// Of these, failed ones.
    pub failures: u64,
    /// Tokens.
    pub usage: Usage,
    /// Money.
    pub cny: Cny,
    /// Of this, estimated, what was written off after a crash included.
    pub estimated_cny: Cny,
    /// By how much reservations were exceeded.
    pub breach_cny: Cny,
}

/// What one profile, channel or model spent on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailySpending {
    /// The day.
    pub day: Day,
    /// The profile, channel or model.
    pub key: String,
    /// Requests.
    pub requests: u64,
    /// Money.
    pub cny: Cny,
}

/// What requests of a span were charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    /// Who asked.
    pub profile: String,
    /// The channel that was billed.
    pub channel: String,
    /// Money.
    pub cny: Cny,
}
