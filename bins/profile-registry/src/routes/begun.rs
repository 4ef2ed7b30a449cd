//! What whoever begins an operation is told, and how one operation looks in answers.

use axum::{Json, http::StatusCode};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use crate::{Begun, Operation, OperationId, State, registry::Registry};

/// Digits of an operation's name that people compare, so that nobody confirms somebody else's.
const CODE: usize = 6;

/// 201 `{operation, code, link, poll, expires_at}`: where the person proves themselves, and what the asker polls with at
/// `GET /operations/{operation}`.
pub(crate) fn answer(registry: &Registry, begun: &Begun) -> (StatusCode, Json<Value>) {
    let link = registry.config.telegram.as_ref().map(|telegram| {
        let (bot, app) = (&telegram.bot, &telegram.app);
        format!("https://t.me/{bot}/{app}?startapp={}", begun.id)
    });
    let told = json!({
        "operation": begun.id.as_str(),
        "code": code(&begun.id),
        "link": link,
        "poll": begun.poll.expose(),
        "expires_at": begun.expires_at,
    });
    (StatusCode::CREATED, Json(told))
}

/// `{operation, code, kind, profile, from, to, from_agreed, to_agreed, state, reason, expires_at}`; what does not apply is
/// null.
pub(crate) fn shown(operation: &Operation) -> Value {
    let reason = match &operation.state {
        State::Refused(reason) => Some(reason),
        _ => None,
    };
    json!({
        "operation": operation.id.as_str(),
        "code": code(&operation.id),
        "kind": operation.kind.name(),
        "profile": operation.profile,
        "from": operation.from,
        "to": operation.to,
        "from_agreed": operation.from_proved_at.is_some(),
        "to_agreed": operation.to_proved_at.is_some(),
        "state": operation.state.name(),
        "reason": reason,
        "expires_at": operation.expires_at,
    })
}

/// # Errors
/// 503 where nobody can prove who they are.
pub(crate) fn require_telegram(registry: &Registry) -> Result<&crate::telegram::Verifier, Problem> {
    registry.telegram.as_ref().ok_or_else(|| {
        let detail = "no bot is configured (profile-registry.telegram.bot): nobody can prove who they are here";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-telegram", "Telegram is not configured", detail)
    })
}

/// Reads an operation's name from a path.
///
/// # Errors
/// 404 for what is no such name.
pub(crate) fn operation_id(text: &str) -> Result<OperationId, Problem> {
    OperationId::parse(text).ok_or_else(|| crate::failure::operation(crate::OperationRefused::Unknown))
}

fn code(id: &OperationId) -> String {
    id.as_str().chars().take(CODE).collect()
}
