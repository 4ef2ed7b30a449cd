//! Several commits of one job.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use job_queue::JobError;
use serde_json::{Value, json};
use warehouse::Batch;

use super::{JobsContext, defects};
use crate::Stored;

/// Batches that are handed over as they come. The job goes on asking its vendor meanwhile, and they are published together.
pub(super) struct Commits<'a> {
    context: &'a JobsContext,
    waiting: Vec<BoxFuture<'static, anyhow::Result<Stored>>>,
    datasets: BTreeSet<String>,
}

impl<'a> Commits<'a> {
    pub(super) fn new(context: &'a JobsContext) -> Self {
        Self { context, waiting: Vec::new(), datasets: BTreeSet::new() }
    }

    /// Hands a batch to the writer.
    pub(super) fn begin(&mut self, batch: Batch) -> Result<(), JobError> {
        self.datasets.extend(defects::datasets(&batch));
        self.waiting.push(Box::pin(self.context.writer.submit(batch).map_err(JobError::retry)?));
        Ok(())
    }

    /// Waits until readers see all of them.
    pub(super) async fn finish(self) -> Result<Sum, JobError> {
        let mut sum = Sum { datasets: self.datasets, ..Sum::default() };
        for stored in self.waiting {
            sum.add(&stored.await.map_err(|error| JobError::retry(format_args!("{error:#}")))?);
        }
        self.context.board.changed();
        Ok(sum)
    }
}

/// What several commits of one job did together.
#[derive(Debug, Default)]
pub(super) struct Sum {
    inserted: u64,
    replaced: u64,
    unchanged: u64,
    generation: Option<u64>,
    /// The vendor's data sets that came.
    pub(super) datasets: BTreeSet<String>,
}

impl Sum {
    fn add(&mut self, stored: &Stored) {
        self.inserted += stored.committed.inserted;
        self.replaced += stored.committed.replaced;
        self.unchanged += stored.committed.unchanged;
        self.generation = stored.published.as_ref().ok().copied().or(self.generation);
    }

    /// Rows that were handed over.
    pub(super) fn rows(&self) -> u64 {
        self.inserted + self.replaced + self.unchanged
    }

    /// As [`report`](super::outcome::report).
    pub(super) fn report(&self) -> Value {
        json!({
            "changed": self.inserted + self.replaced > 0,
            "inserted": self.inserted,
            "replaced": self.replaced,
            "unchanged": self.unchanged,
            "generation": self.generation,
        })
    }
}
