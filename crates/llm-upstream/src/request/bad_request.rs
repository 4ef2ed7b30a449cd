//! A body that cannot be relayed.

/// A body that cannot be relayed. A 400 for the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}; allowed: {allowed}")]
pub struct BadRequest {
    /// The field, such as `max_tokens` or `stream_options.include_usage`; `body` for the whole.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// What is allowed.
    pub allowed: &'static str,
}

impl BadRequest {
    pub(super) fn new(field: &str, problem: impl Into<String>, allowed: &'static str) -> Self {
        Self { field: field.to_owned(), problem: problem.into(), allowed }
    }

    pub(super) fn body(problem: impl Into<String>) -> Self {
        Self::new("body", problem, "a JSON object in UTF-8, nested at most 128 deep")
    }
}
