//! Why a request went where it went.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

/// One attempt: who was considered, who was asked, how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// The channel that was asked; none when nobody could be (the refusal's own record).
    pub channel: Option<Arc<str>>,
    /// How it ended, such as `ok` or the verdict: `wait_tokens`, `broken`.
    pub outcome: Cow<'static, str>,
    /// How long it took, in milliseconds.
    pub ms: u32,
    /// The channels that were considered and not taken.
    pub considered: Vec<Considered>,
}

/// A channel that was considered and not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// The channel.
    pub channel: Arc<str>,
    /// Why not, such as `rpm_full until 2026-11-23T04:05:06Z` or `not_its_turn`.
    pub lost: Cow<'static, str>,
}
