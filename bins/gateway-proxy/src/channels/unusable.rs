//! Why a channel cannot be used.

use std::fmt;

/// A field of a channel that cannot be what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct Unusable {
    /// The field, as in the configuration.
    pub(crate) field: &'static str,
    /// What is wrong with it. Never a key.
    pub(crate) problem: String,
    /// What is allowed; empty where that says nothing.
    pub(crate) allowed: &'static str,
}

impl Unusable {
    pub(super) fn new(field: &'static str, problem: impl Into<String>, allowed: &'static str) -> Self {
        Self { field, problem: problem.into(), allowed }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.field, self.problem)?;
        if self.allowed.is_empty() { Ok(()) } else { write!(out, "; allowed: {}", self.allowed) }
    }
}
