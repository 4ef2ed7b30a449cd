//! What can go wrong with a queue, by what the caller can do about it.

use crate::JobState;

/// A failed queue operation. No variant ever holds the Redis URL, which may carry a password.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The URL cannot be used; fix the configuration.
    #[error("the redis url cannot be used: {0} (expected redis://[user:password@]host:port/[db])")]
    InvalidUrl(String),
    /// Redis did not answer in time, is still loading its data, or refused the connection; try again later.
    #[error("redis is unreachable: {0}")]
    Unreachable(String),
    /// The id, the coalescing key or the queue name contains what it must not; fix the caller.
    #[error("invalid {what} {value:?}: {reason}")]
    InvalidName {
        /// `job id`, `coalescing key` or `queue name`.
        what: &'static str,
        /// As given.
        value: String,
        /// What is allowed.
        reason: &'static str,
    },
    /// No job of that id is known (never pushed, or purged).
    #[error("no job {0:?}")]
    NotFound(String),
    /// The job exists, but its state does not allow the operation.
    #[error("job {id:?} is {state}, not {expected}")]
    WrongState {
        /// The job.
        id: String,
        /// The state it is in.
        state: JobState,
        /// The state the operation needs.
        expected: JobState,
    },
    /// The payload cannot be written as JSON.
    #[error("the payload cannot be written as JSON: {0}")]
    Payload(#[source] serde_json::Error),
    /// Redis answered with an error that waiting does not cure (wrong type, out of memory, missing permission).
    #[error("redis refused: {0}")]
    Refused(String),
}

impl QueueError {
    /// True where the same call may succeed later without any change.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// True for errors that go away when Redis is back: connection trouble, time-outs, loading its data, fail-over.
pub(crate) fn is_passing(error: &redis::RedisError) -> bool {
    use redis::{ErrorKind, ServerErrorKind};
    match error.kind() {
        ErrorKind::Io => true,
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::ReadOnly
        ),
        _ => false,
    }
}
