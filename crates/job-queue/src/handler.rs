//! What a handler is given and what it may answer.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

/// One delivery of a job to a handler.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// The business id, the same for every attempt.
    pub id: String,
    /// The queue's name.
    pub queue: Arc<str>,
    /// 1 for the first attempt since the job was pushed or sent again by an operator.
    pub attempt: u32,
    /// The attempt after which a failure makes the job a dead letter.
    pub max_attempts: u32,
    /// Cancelled when the process is asked to stop. A handler that then answers [`JobError::Retry`] is run again by the next
    /// process without losing an attempt; one that goes on is cut off after the grace period, likewise.
    pub shutdown: CancellationToken,
}

/// Why a handler did not do its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobError {
    /// Try again, until the attempts are used up.
    Retry {
        /// What went wrong.
        error: String,
        /// When; `None` leaves it to the queue's [`Backoff`](crate::Backoff).
        after: Option<Duration>,
    },
    /// Never try again: straight to the dead letters.
    Fatal(String),
}

impl JobError {
    /// Try again after the queue's back-off. With `anyhow`, pass `format_args!("{error:#}")` to keep the causes.
    pub fn retry(error: impl fmt::Display) -> Self {
        Self::Retry { error: error.to_string(), after: None }
    }

    /// Try again not before `after`, for example when a quota says so.
    pub fn retry_after(error: impl fmt::Display, after: Duration) -> Self {
        Self::Retry { error: error.to_string(), after: Some(after) }
    }

    /// Do not try again.
    pub fn fatal(error: impl fmt::Display) -> Self {
        Self::Fatal(error.to_string())
    }
}

/// Any error is worth another attempt, unless the handler says otherwise. The causes are kept in the text.
impl<E: std::error::Error> From<E> for JobError {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        Self::Retry { error: text, after: None }
    }
}

/// A handler whose payload and result types are hidden behind JSON.
pub(crate) type ErasedHandler =
    Arc<dyn Fn(Vec<u8>, JobContext) -> BoxFuture<'static, Result<String, JobError>> + Send + Sync>;

/// Hides the types. Decoding happens inside the future, so that a bad payload is this job's error and never the worker's.
pub(crate) fn erase<T, R, F, Fut>(handler: F) -> ErasedHandler
where
    T: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    F: Fn(T, JobContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, JobError>> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |payload, context| {
        let handler = handler.clone();
        Box::pin(async move {
            let job =
                serde_json::from_slice(&payload).map_err(|error| JobError::fatal(format!("bad payload: {error}")))?;
            let result = handler(job, context).await?;
            serde_json::to_string(&result).map_err(|error| JobError::fatal(format!("the result is not JSON: {error}")))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("fetch the day")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn any_error_becomes_a_retry_with_its_causes() {
        let error = JobError::from(Outer(std::io::Error::other("connection reset")));
        assert_eq!(error, JobError::retry("fetch the day: connection reset"));
    }
}
