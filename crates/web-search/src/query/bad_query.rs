//! A parameter that cannot be used.

/// A parameter that cannot be used; the caller has to change it. The text does not hold its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct BadQuery {
    /// Its name.
    pub field: &'static str,
    /// What is wrong.
    pub problem: &'static str,
    /// What it may be; empty where that cannot be listed.
    pub allowed: &'static [&'static str],
}

impl BadQuery {
    pub(super) fn new(field: &'static str, problem: &'static str, allowed: &'static [&'static str]) -> Self {
        Self { field, problem, allowed }
    }
}
