//! From the books' rows to what lets callers in, and to what operators see.

use access_tokens::{Digest, Grant, ModelPatterns, Scope};
use chrono::{DateTime, SecondsFormat, Utc};
use gateway_ledger::TokenRecord;
use serde_json::{Value, json};

/// What a token grants; `None` for a revoked one, and for one whose row nobody can make sense of: it opens nothing.
pub(super) fn grant(record: &TokenRecord) -> Option<Grant> {
    if record.revoked_at.is_some() {
        return None;
    }
    let models = match record.models.clone().map(ModelPatterns::new).transpose() {
        Ok(models) => models,
        Err(error) => {
            tracing::error!(token.id = record.id, error = %error, "token {} lets nobody in: {error}", record.id);
            return None;
        }
    };
    Some(Grant {
        id: record.id.as_str().into(),
        name: record.name.as_str().into(),
        profile: record.profile.as_str().into(),
        scopes: record.scopes.iter().filter_map(|scope| scope.parse::<Scope>().ok()).collect(),
        models,
        daily_cap: record.daily_cap,
        expires_at: record.expires_at,
        digest: Digest::from_bytes(record.sha256),
    })
}

/// A token as an operator sees it, without its digest: `{"id", "name", "profile", "scopes", "models", "daily_cap_cny",
/// "expires_at", "created_at", "revoked_at", "state"}`. `state` is `valid`, `expired` or `revoked`; times are RFC 3339, UTC.
pub(crate) fn shown(record: &TokenRecord, now: DateTime<Utc>) -> Value {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "id": record.id,
        "name": record.name,
        "profile": record.profile,
        "scopes": record.scopes,
        "models": record.models,
        "daily_cap_cny": record.daily_cap,
        "expires_at": record.expires_at.map(time),
        "created_at": time(record.created_at),
        "revoked_at": record.revoked_at.map(time),
        "state": state(record, now),
    })
}

/// The word for what a token is at `now`.
pub(crate) fn state(record: &TokenRecord, now: DateTime<Utc>) -> &'static str {
    match (record.revoked_at, record.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if now >= end => "expired",
        (None, _) => "valid",
    }
}
