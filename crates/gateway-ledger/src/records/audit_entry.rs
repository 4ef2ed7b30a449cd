//! Who changed what.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

/// A line of the audit log. Never holds a secret: the caller leaves keys and tokens out of `before` and `after`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `operator`, a token's id, `gateway` for what it decided itself.
    pub actor: String,
    /// What was done, such as `channel.disable`.
    pub action: Cow<'static, str>,
    /// To what: a channel, a token.
    pub subject: String,
    /// The part that changed, as it was.
    pub before: Option<Value>,
    /// And as it is now.
    pub after: Option<Value>,
}
