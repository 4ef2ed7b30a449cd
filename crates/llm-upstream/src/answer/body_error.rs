//! Why a body has no end.

use std::time::Duration;

use route_policy::Verdict;

use crate::OpenAiError;

/// A body that did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Nothing came for too long.
    #[error("the upstream sent nothing for {timeout:?} in the middle of its answer")]
    Idle {
        /// The limit.
        timeout: Duration,
    },
    /// The connection ended early.
    #[error("the upstream's answer was cut off: {problem}")]
    Cut {
        /// What went wrong.
        problem: String,
    },
}

impl BodyError {
    /// What it means for routing.
    pub fn verdict(&self) -> Verdict {
        Verdict::Broken
    }

    /// A word for metrics and decision records: `idle`, `cut`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle { .. } => "idle",
            Self::Cut { .. } => "cut",
        }
    }

    /// How a caller is told.
    pub fn error(&self) -> OpenAiError {
        OpenAiError::new("upstream_error", Some(self.name()), &self.to_string())
    }
}
