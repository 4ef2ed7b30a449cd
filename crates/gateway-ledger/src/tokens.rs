//! Client tokens as the ledger keeps them: never the token, only its SHA-256.

use chrono::{DateTime, Utc};
use route_policy::Cny;
use serde::{Deserialize, Serialize};

/// A client token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// Its id, by which registering it again is harmless.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub profile: String,
    /// SHA-256 of the token's text.
    pub sha256: [u8; 32],
    /// What it may do: `llm`, `search`, `read`, `admin`.
    pub scopes: Vec<String>,
    /// The models it may ask for, with `*`; `None` is all.
    pub models: Option<Vec<String>>,
    /// Soft cap per day.
    pub daily_cap: Option<Cny>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What registering a token did. (Another token under the same id, the same token under another id, and a token that was
/// revoked are [`LedgerError::Conflict`](crate::LedgerError::Conflict).)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It is new.
    New,
    /// It stood there already, the same.
    Same,
}
