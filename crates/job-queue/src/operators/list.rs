//! The jobs in one state, page by page.

use std::collections::HashMap;

use serde::Serialize;

use crate::{JobState, JobSummary, Queue, QueueError, scripts};

/// Some jobs of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// In the order in which they will run; done and dead ones newest first.
    pub jobs: Vec<JobSummary>,
    /// Where the next page begins; `None` at the end. The queue moves on between two pages, so a job may be missed or seen twice.
    pub next: Option<usize>,
}

impl<T> Queue<T> {
    /// Up to `limit` (at most 1,000) jobs in `state`, from position `from`. Delayed and retrying jobs are one list: both wait for
    /// their time.
    ///
    /// # Errors
    /// [`QueueError::Unreachable`], [`QueueError::Refused`].
    pub async fn list(&self, state: JobState, from: usize, limit: usize) -> Result<Page, QueueError> {
        let limit = limit.clamp(1, 1_000);
        let kind = if state == JobState::Retrying { JobState::Delayed } else { state };
        let mut script = scripts::LIST.key(self.name());
        script.arg(kind.as_str()).arg(from).arg(limit);
        let rows: Vec<(String, HashMap<String, String>)> = self.broker().eval(&script).await?;
        let next = (rows.len() == limit).then_some(from + limit);
        Ok(Page { jobs: rows.iter().map(|(root, fields)| JobSummary::from_record(root, fields)).collect(), next })
    }
}
