//! What rests until somebody or something recovers it, kept across restarts.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Something that rests: a channel, an account, or a model of either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Parked {
    /// What kind of thing: `channel`, `account`, `channel_model`, `account_model`.
    pub scope: String,
    /// The channel's or the account's name.
    pub subject: String,
    /// The upstream model, where only that rests.
    pub model: Option<String>,
    /// Why, as the verdict's name.
    pub verdict: String,
    /// The upstream's words, without secrets.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
}
