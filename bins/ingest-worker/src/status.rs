//! `status.json`: what runs and what became of it, rewritten after every job.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use daemon_kit::clock::Clock;
use tokio::sync::Notify;
use warehouse::{BackfillProgress, RunningJob, StatusFacts, StatusFile, WithheldDay};

use crate::WriterHandle;

/// Which jobs run in this process. Cheap to clone; every clone is the same board.
#[derive(Clone, Default)]
pub(crate) struct StatusBoard {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    running: Mutex<BTreeMap<String, RunningJob>>,
    backfill: Mutex<Option<BackfillProgress>>,
    /// What the writer said last.
    facts: Mutex<Option<StatusFacts>>,
    changed: Notify,
}

/// A job that runs; dropping this ends its entry.
pub(crate) struct Running {
    board: StatusBoard,
    id: String,
}

impl StatusBoard {
    /// The board of a process that begins, with what an earlier one left of a backfill.
    pub(crate) fn starting(backfill: Option<BackfillProgress>) -> Self {
        let board = Self::default();
        *lock(&board.inner.backfill) = backfill;
        board
    }

    /// Notes that a job began.
    pub(crate) fn started(&self, id: &str, kind: &str, now: DateTime<Utc>) -> Running {
        let job = RunningJob { job_id: id.to_owned(), kind: kind.to_owned(), started_at: now };
        lock(&self.inner.running).insert(id.to_owned(), job);
        self.changed();
        Running { board: self.clone(), id: id.to_owned() }
    }

    /// Notes how far the backfill is.
    pub(crate) fn set_backfill(&self, progress: BackfillProgress) {
        *lock(&self.inner.backfill) = Some(progress);
        self.changed();
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
        let (folder, now, board) = (published.to_owned(), clock.now(), self.clone());
        let written = writer.with(move |writer| {
            let facts = writer.status()?;
            *lock(&board.inner.facts) = Some(facts.clone());
            warehouse::write_status(&folder, &board.file(facts, now))
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "status.json could not be written"),
            Err(gone) => tracing::warn!(error = %gone, "status.json could not be written"),
        }
    }

    /// Rewrites `status.json` while the writer is at work and cannot be asked: what it said last, and what has become of
    /// the jobs. To be called on the writer's thread, so that no two write at once.
    pub(crate) fn write_amid_work(&self, published: &Path, now: DateTime<Utc>) {
        let Some(facts) = lock(&self.inner.facts).clone() else { return };
        if let Err(error) = warehouse::write_status(published, &self.file(facts, now)) {
            tracing::warn!(error = %error, "status.json could not be written");
        }
    }

    /// What the warehouse and this process know, as the file says it.
    fn file(&self, facts: StatusFacts, now: DateTime<Utc>) -> StatusFile {
        let running = lock(&self.inner.running).values().cloned().collect();
        file(facts, running, lock(&self.inner.backfill).clone(), now)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn file(
    facts: StatusFacts,
    running_jobs: Vec<RunningJob>,
    backfill: Option<BackfillProgress>,
    updated_at: DateTime<Utc>,
) -> StatusFile {
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
        backfill,
        withheld: withheld.collect(),
        last_checks: facts.last_checks,
        open_findings: facts.open_findings,
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.board.inner.running).remove(&self.id);
        self.board.changed();
    }
}
