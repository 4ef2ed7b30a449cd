//! Why no answer came.

use std::time::Duration;

use route_policy::Verdict;

use crate::{Endpoint, OpenAiError};

/// A request that got no answer: not even the first byte of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The dialect has no such endpoint.
    #[error("the upstream has no {endpoint}")]
    NoEndpoint {
        /// The endpoint.
        endpoint: Endpoint,
    },
    /// The host's name has no address, or the name server did not answer.
    #[error("the upstream's name {host} was not resolved: {problem}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        problem: String,
    },
    /// No connection.
    #[error("no connection to the upstream: {problem}")]
    Connect {
        /// What went wrong: refused, TLS, unreachable.
        problem: String,
    },
    /// No connection in time.
    #[error("no connection to the upstream within {timeout:?}")]
    ConnectTimeout {
        /// The limit.
        timeout: Duration,
    },
    /// Connected and sent, but no header of an answer in time.
    #[error("no answer from the upstream within {timeout:?}")]
    FirstByteTimeout {
        /// The limit.
        timeout: Duration,
    },
    /// The connection ended, or spoke no HTTP, before an answer came.
    #[error("the upstream's connection failed before it answered: {problem}")]
    Cut {
        /// What went wrong.
        problem: String,
        /// Whether the upstream may have worked on the request (and may bill it).
        sent: bool,
    },
}

impl SendError {
    /// What it means for routing.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NoEndpoint { .. } => Verdict::ModelMissing,
            _ => Verdict::Broken,
        }
    }

    /// Whether the upstream may have worked on the request, and so may bill it.
    pub fn may_be_billed(&self) -> bool {
        match self {
            Self::FirstByteTimeout { .. } => true,
            Self::Cut { sent, .. } => *sent,
            _ => false,
        }
    }

    /// A word for metrics and decision records: `dns`, `connect`, `connect_timeout`, `first_byte_timeout`, `cut`,
    /// `no_endpoint`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoEndpoint { .. } => "no_endpoint",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::ConnectTimeout { .. } => "connect_timeout",
            Self::FirstByteTimeout { .. } => "first_byte_timeout",
            Self::Cut { .. } => "cut",
        }
    }

    /// How a caller is told.
    pub fn error(&self) -> OpenAiError {
        OpenAiError::new("upstream_error", Some(self.name()), &self.to_string())
    }
}
