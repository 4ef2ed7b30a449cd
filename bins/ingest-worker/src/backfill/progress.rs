//! How far a run is: for `status.json`, and on disk for the time after a restart.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use daemon_kit::clock::Clock;
use serde_json::Value;
use tokio::time::Instant;
use warehouse::{BackfillPhase, BackfillProgress};

use super::{desk::Backfills, folder::write_json, plan::Plan, staged::Counts};
use crate::status::StatusBoard;

/// Progress within a phase is shown at most this often.
const SHOW_EVERY: Duration = Duration::from_secs(1);

/// The progress of the run that is worked on. Clones are the same progress.
#[derive(Clone)]
pub(crate) struct Tracker(Arc<Mutex<State>>);

struct State {
    desk: Backfills,
    board: StatusBoard,
    clock: Clock,
    progress: BackfillProgress,
    /// Where this stretch began, to tell how fast it goes.
    begun: Instant,
    requests_at_begin: u64,
    shown: Instant,
}

impl Tracker {
    /// Shows that a run is being planned.
    pub(crate) fn planning(desk: &Backfills, board: &StatusBoard, clock: &Clock, id: &str, source: &str) -> Self {
        let begun = Instant::now();
        let progress = BackfillProgress {
            id: id.to_owned(),
            source: source.to_owned(),
            phase: BackfillPhase::Planning,
            started_at: Some(clock.now()),
            ..BackfillProgress::default()
        };
        let (desk, board, clock) = (desk.clone(), board.clone(), clock.clone());
        let state = State { desk, board, clock, progress, begun, requests_at_begin: 0, shown: begun };
        let tracker = Self(Arc::new(Mutex::new(state)));
        tracker.lock().show();
        tracker
    }

    /// The plan stands, and so many codes are there already.
    pub(crate) fn fetching<'a>(&self, plan: &Plan, there: impl ExactSizeIterator<Item = &'a Counts>, given_up: usize) {
        let mut state = self.lock();
        let progress = &mut state.progress;
        progress.phase = BackfillPhase::Fetching;
        progress.started_at = Some(plan.planned_at);
        progress.codes_total = plan.codes.len() as u64;
        progress.codes_done = there.len() as u64;
        progress.codes_failed = given_up as u64;
        progress.requests_total_estimate = plan.estimate.requests;
        (progress.rows, progress.requests_done) =
            there.fold((0, 0), |(rows, requests), one| (rows + one.bars, requests + one.requests));
        state.requests_at_begin = state.progress.requests_done;
        state.begun = Instant::now();
        state.show();
    }

    /// The writer has everything since before a restart: what it reported.
    pub(crate) fn assembled(&self, plan: &Plan, report: &Value) {
        let mut state = self.lock();
        let count = |name: &str| report[name].as_u64().unwrap_or_default();
        let progress = &mut state.progress;
        progress.phase = BackfillPhase::Assembling;
        progress.started_at = Some(plan.planned_at);
        progress.codes_total = plan.codes.len() as u64;
        progress.requests_total_estimate = plan.estimate.requests;
        (progress.codes_done, progress.rows) = (count("codes"), count("bars"));
        progress.codes_failed = progress.codes_total.saturating_sub(progress.codes_done);
        state.show();
    }

    /// A code is on disk.
    pub(super) fn staged(&self, counts: Counts) {
        let mut state = self.lock();
        state.progress.codes_done += 1;
        state.progress.rows += counts.bars;
        state.progress.requests_done += counts.requests;
        state.show_now_and_then();
    }

    /// So many codes are given up.
    pub(super) fn given_up(&self, codes: usize) {
        let mut state = self.lock();
        state.progress.codes_failed = codes as u64;
        state.show_now_and_then();
    }

    /// The writer builds the next base.
    pub(crate) fn assembling(&self) {
        let mut state = self.lock();
        state.progress.phase = BackfillPhase::Assembling;
        state.progress.eta_s = None;
        state.show();
    }

    /// The writer has taken so many bars. Called on the writer's thread, which cannot be asked for the rest of the status
    /// meanwhile: what it said last is shown again.
    pub(super) fn taken(&self, bars: u64) {
        let mut state = self.lock();
        let total = state.progress.rows;
        state.progress.message = format!("{bars} of {total} bars are in the new base");
        if state.shown.elapsed() >= SHOW_EVERY {
            state.show();
            state.board.write_amid_work(&state.desk.published, state.clock.now());
        }
    }

    /// Everything is served.
    pub(crate) fn done(&self, message: String) {
        self.end(BackfillPhase::Done, message);
    }

    /// It gave up.
    pub(crate) fn failed(&self, message: String) {
        self.end(BackfillPhase::Failed, message);
    }

    /// The stretch ends, the run goes on later.
    pub(crate) fn pauses(&self, message: String) {
        let mut state = self.lock();
        state.progress.message = message;
        state.show();
    }

    fn end(&self, phase: BackfillPhase, message: String) {
        let mut state = self.lock();
        state.progress.phase = phase;
        state.progress.message = message;
        state.progress.eta_s = None;
        state.show();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show_now_and_then(&mut self) {
        if self.shown.elapsed() >= SHOW_EVERY {
            self.show();
        }
    }

    fn show(&mut self) {
        self.shown = Instant::now();
        self.progress.updated_at = Some(self.clock.now());
        if self.progress.phase == BackfillPhase::Fetching {
            self.progress.eta_s = self.eta();
        }
        self.board.set_backfill(self.progress.clone());
        let written = std::fs::create_dir_all(&self.desk.runs)
            .and_then(|()| write_json(&self.desk.progress_file(), &self.progress));
        if let Err(error) = written {
            tracing::warn!(error = %error, "the progress of the backfill could not be kept");
        }
    }

    /// Seconds that the rest will take at the pace of this stretch.
    fn eta(&self) -> Option<u64> {
        let answered = self.progress.requests_done.saturating_sub(self.requests_at_begin);
        let codes = self.progress.codes_total.saturating_sub(self.progress.codes_done + self.progress.codes_failed);
        // The estimate counts every page; vendors have fewer. So the rest is counted in codes, at the cost of those done.
        let per_code = self.progress.requests_done as f64 / self.progress.codes_done.max(1) as f64;
        let per_second = answered as f64 / self.begun.elapsed().as_secs_f64();
        (answered > 0).then(|| (codes as f64 * per_code / per_second).ceil() as u64)
    }
}
