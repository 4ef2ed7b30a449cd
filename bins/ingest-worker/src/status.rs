//! `status.json`: what runs and what became of it, rewritten after every job.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use daemon_kit::clock::Clock;
use tokio::sync::Notify;
use warehouse::{RunningJob, StatusFacts, StatusFile, WithheldDay};

use crate::WriterHandle;

/// Which jobs run in this process. Cheap to clone; every clone is the same board.
#[derive(Clone, Default)]
pub struct StatusBoard {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    running: Mutex<BTreeMap<String, RunningJob>>,
    changed: Notify,
}

/// A job that runs; dropping this ends its entry.
pub(crate) struct Running {
    board: StatusBoard,
    id: String,
}

impl StatusBoard {
    /// Notes that a job began.
    pub(crate) fn started(&self, id: &str, kind: &str, now: DateTime<Utc>) -> Running {
        let job = RunningJob { job_id: id.to_owned(), kind: kind.to_owned(), started_at: now };
        self.running().insert(id.to_owned(), job);
        self.changed();
        Running { board: self.clone(), id: id.to_owned() }
    }

    /// Something worth writing happened.
    pub(crate) fn changed(&self) {
        self.inner.changed.notify_one();
    }

    /// Rewrites `status.json` in `published` after every change and every publish, for ever. Several changes at once
    /// are one write.
    pub(crate) async fn keep_written(self, writer: WriterHandle, published: PathBuf, clock: Clock) {
        let mut generation = writer.generation();
        loop {
            self.write(&writer, &published, &clock).await;
            tokio::select! {
                () = self.inner.changed.notified() => {}
                Ok(()) = generation.changed() => {}
            }
        }
    }

    /// Rewrites `status.json` now. A failure is logged: the next change tries again.
    pub(crate) async fn write(&self, writer: &WriterHandle, published: &Path, clock: &Clock) {
        let running: Vec<RunningJob> = self.running().values().cloned().collect();
        let (folder, now) = (published.to_owned(), clock.now());
        let written = writer.with(move |writer| {
            let facts = writer.status()?;
            warehouse::write_status(&folder, &file(facts, running, now))
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "status.json could not be written"),
            Err(gone) => tracing::warn!(error = %gone, "status.json could not be written"),
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, RunningJob>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the warehouse and this process know, as the file says it.
fn file(facts: StatusFacts, running_jobs: Vec<RunningJob>, updated_at: DateTime<Utc>) -> StatusFile {
    let withheld = facts.withheld.into_iter().map(|day| WithheldDay {
        trade_date: day.trade_date,
        expected: day.expected,
        present: day.present,
        reason: day.reason,
    });
    StatusFile {
        updated_at,
        generation: facts.generation,
        last_trade_date: facts.last_trade_date,
        commit_seq: facts.commit_seq,
        unpublished: facts.unpublished,
        freshness: facts.freshness,
        running_jobs,
        recent_runs: facts.recent_runs,
        backfill: None,
        withheld: withheld.collect(),
        last_checks: BTreeMap::new(),
        open_findings: facts.open_findings,
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.board.running().remove(&self.id);
        self.board.changed();
    }
}
