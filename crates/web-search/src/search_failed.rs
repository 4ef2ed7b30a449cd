//! Why a search gave nothing.

use std::time::Duration;

/// Why there is no answer, neither a new one nor a stale one. No text holds what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchFailed {
    /// SearXNG answered, and no engine of it had anything but an excuse. Try again later, or with other engines.
    #[error("no engine answered: {}", list(reasons))]
    EnginesFailed {
        /// Each engine with SearXNG's reason.
        reasons: Vec<(String, String)>,
    },
    /// What came back is not an answer of SearXNG: a status, a page of HTML, a body that is cut, too large, or no JSON.
    /// Somebody should look.
    #[error("searxng gave no answer: {problem}")]
    Upstream {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody is there. Try again later.
    #[error("searxng is unreachable: {problem}")]
    Unreachable {
        /// What the connection said.
        problem: String,
    },
    /// It took too long. Try again later.
    #[error("searxng did not answer within {} ms", after.as_millis())]
    Timeout {
        /// How long it was waited for.
        after: Duration,
    },
    /// SearXNG's own limiter refuses us: it should be off behind this front. Try again after the wait.
    #[error("searxng refuses for too many requests")]
    UpstreamLimited {
        /// What its header says.
        retry_after: Option<Duration>,
    },
    /// So many different queries are under way that another one is not begun. Try again soon.
    #[error("too many searches are under way")]
    Busy,
    /// SearXNG does not take a parameter; the caller has to change it.
    #[error("searxng refuses a parameter: {0}")]
    BadRequest(
        /// SearXNG's own text.
        String,
    ),
}

impl SearchFailed {
    /// A word for metrics and logs: `engines_failed`, `upstream`, `unreachable`, `timeout`, `limited`, `busy`,
    /// `bad_request`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::EnginesFailed { .. } => "engines_failed",
            Self::Upstream { .. } => "upstream",
            Self::Unreachable { .. } => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::UpstreamLimited { .. } => "limited",
            Self::Busy => "busy",
            Self::BadRequest(_) => "bad_request",
        }
    }

    /// Whether the same search may succeed later.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::BadRequest(_))
    }
}

fn list(reasons: &[(String, String)]) -> String {
    let one = |(engine, reason): &(String, String)| format!("{engine} ({reason})");
    reasons.iter().map(one).collect::<Vec<_>>().join(", ")
}
