//! Why the registry did not do what it was asked for.

use std::fmt;

use serde_json::Value;

/// Why the registry did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// No answer, or one that says to try again later; nobody knows what was done.
    #[error("{0}")]
    Unreachable(String),
    /// The token is missing or no longer valid.
    #[error("{0}")]
    Unauthorized(String),
    /// It refuses.
    #[error("{0}")]
    Problem(Problem),
    /// It answers something else than its API.
    #[error("{0}")]
    Unreadable(String),
}

/// A problem document.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The last part of its type, as `profile-moved`.
    pub(crate) kind: String,
    /// All of it.
    pub(crate) body: Value,
}

impl Problem {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        let kind = body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default().to_owned();
        Self { status, kind, body }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name: &str| self.body[name].as_str().filter(|text| !text.is_empty());
        match text("detail").or(text("title")) {
            Some(told) => write!(out, "the registry refuses: {told}"),
            None => write!(out, "the registry refuses: HTTP {}", self.status),
        }?;
        if let Some(field) = text("field") {
            write!(out, " (`{field}`)")?;
        }
        Ok(())
    }
}
