//! What errors mean for whoever asked. Our own faults are logged here, once, and nowhere else.

use axum::http::{HeaderValue, StatusCode, header};
use daemon_kit::problem::Problem;
use profile_store::{Refusal, StoreError};
use serde_json::{Value, json};

use crate::{BooksError, OperationRefused};

/// 401; whether a token was sent at all makes the difference that a client acts on.
pub(crate) fn unauthorized(sent: bool) -> Problem {
    let (detail, challenge) = if sent {
        ("the token is not valid, or was revoked", r#"Bearer realm="twilight", error="invalid_token""#)
    } else {
        ("send the header `authorization: Bearer <token>`", r#"Bearer realm="twilight""#)
    };
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is required", detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

/// 403: this takes `what`, a token of `scope`.
pub(crate) fn forbidden(what: &str, scope: &'static str) -> Problem {
    let detail = format!("this needs {what}");
    Problem::new(StatusCode::FORBIDDEN, "forbidden", "The token may not do that", detail).with("scope", scope)
}

/// What an error of operations, or of the books below them, means.
pub(crate) fn operation(error: OperationRefused) -> Problem {
    use OperationRefused as Refused;

    let (status, kind, title) = match error {
        Refused::Books(error) => return books(error),
        Refused::NoRandomness => {
            tracing::error!("the system gives no random numbers");
            return Problem::internal();
        }
        Refused::Unknown => (StatusCode::NOT_FOUND, "unknown-operation", "There is no such operation"),
        Refused::Expired => (StatusCode::GONE, "operation-expired", "The operation expired"),
        Refused::Ended => (StatusCode::CONFLICT, "operation-ended", "The operation has ended"),
        Refused::UsedProof => (StatusCode::CONFLICT, "proof-used", "The proof was used before"),
        Refused::NotConcerned(_) => (StatusCode::FORBIDDEN, "not-concerned", "The operation is somebody else's"),
        Refused::UnderWay(_, seconds) => {
            return Problem::new(
                StatusCode::CONFLICT,
                "operation-under-way",
                "Another operation is under way",
                error.to_string(),
            )
            .header(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Refused::BeingProvisioned(_) => (StatusCode::CONFLICT, "being-provisioned", "The profile is being provisioned"),
        Refused::WrongPoll => (StatusCode::UNAUTHORIZED, "wrong-poll-secret", "The secret to poll with is wrong"),
        Refused::Collected => (StatusCode::GONE, "collected", "The result was collected already"),
    };
    Problem::new(status, kind, title, error.to_string())
}

/// What an error of the books means.
pub(crate) fn books(error: BooksError) -> Problem {
    match error {
        BooksError::DiskFull(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "disk-full", "The books cannot be written", error.to_string())
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
        }
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "use the books: {error}");
            Problem::internal()
        }
    }
}

/// What an error of the repository means.
pub(crate) fn store(error: StoreError) -> Problem {
    let detail = error.to_string();
    match error {
        StoreError::Refused(refusals) => {
            let refusals: Vec<Value> = refusals.0.iter().map(refusal).collect();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "The policy refuses the change", detail)
                .with("refusals", refusals)
        }
        StoreError::Conflict { base, paths } => {
            Problem::new(StatusCode::CONFLICT, "conflict", "Somebody else was first", detail)
                .with("base", base.to_string())
                .with("paths", paths)
        }
        StoreError::NoCommit(_) => {
            Problem::new(StatusCode::NOT_FOUND, "unknown-commit", "There is no such commit", detail)
        }
        StoreError::NoProfile(_) => {
            Problem::new(StatusCode::NOT_FOUND, "unknown-profile", "There is no such profile", detail)
        }
        StoreError::Busy(_) => {
            tracing::warn!("use the repository: {detail}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The repository is busy", "try again in a moment")
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
        }
        StoreError::Owners(broken) => {
            tracing::error!(line = broken.line, "nothing is allowed until OWNERS is repaired: {detail}");
            let detail = format!("nothing is allowed until an operator repairs it: {detail}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "owners-broken", "OWNERS cannot be believed", detail)
                .with("line", broken.line)
        }
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "use the repository: {detail}");
            Problem::internal()
        }
    }
}

fn refusal(refusal: &Refusal) -> Value {
    json!({
        "commit": refusal.commit.map(|commit| commit.to_string()),
        "path": refusal.path,
        "rule": refusal.rule.as_str(),
        "text": refusal.text,
    })
}
