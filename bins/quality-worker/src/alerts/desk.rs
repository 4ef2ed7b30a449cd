//! The book on disk, and those who send what waits in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{clock::Clock, config::QualityWorkerConfig};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::{
    book::{Book, Checked, OpenLog},
    file::{Found, StateError, StateFile},
    group::Groups,
    outbox::Outcome,
    target::{self, Target},
};
use crate::{CrashPoint, crash_point, measure};

/// How often errors that stay open are looked through for reminders.
const REMIND_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Knows what is open and who was told; shared by the jobs and the senders.
#[derive(Debug)]
pub(crate) struct Desk {
    state: Mutex<State>,
    targets: Vec<Target>,
    clock: Clock,
    /// Counts the changes that may have put a message into an outbox.
    changes: watch::Sender<u64>,
    crash_at: Option<CrashPoint>,
}

#[derive(Debug)]
struct State {
    book: Book,
    file: Arc<StateFile>,
    /// Books that were saved, or were to be.
    saves: u64,
    evaluated_at: DateTime<Utc>,
}

impl Desk {
    /// Takes the state folder, and remembers.
    pub(crate) fn open(
        config: &QualityWorkerConfig,
        clock: Clock,
        crash_at: Option<CrashPoint>,
    ) -> anyhow::Result<Self> {
        let folder = &config.state;
        let (file, found) = StateFile::open(folder)?;
        let mut book = match found {
            Found::Book(book) => *book,
            Found::Nothing => Book::default(),
            Found::Damaged(reason) => {
                tracing::error!(
                    reason,
                    "the memory of the alerts in {} is damaged and put aside; what is open will be told again: {reason}",
                    folder.display()
                );
                Book::default()
            }
        };
        let client = target::client()?;
        let targets: Vec<_> =
            config.alerts.iter().map(|target| Target::new(target, &config.runbook, &client)).collect();
        book.keep_to(&targets.iter().map(|target| target.name.as_str()).collect());
        measure::open(&book.open().counts());
        for (check, at) in book.last_checks() {
            measure::last_check(check, *at);
        }
        let state = Mutex::new(State { book, file: Arc::new(file), saves: 0, evaluated_at: DateTime::UNIX_EPOCH });
        Ok(Self { state, targets, clock, changes: watch::Sender::new(0), crash_at })
    }

    /// A job begins to check a generation; when it did so first. That it cannot be written down keeps nobody from being told.
    pub(crate) async fn begin_check(&self, job_id: &str, generation: u64) -> DateTime<Utc> {
        let mut state = self.state.lock().await;
        let at = state.book.begin_check(job_id, generation, self.clock.now());
        if let Err(error) = state.save().await {
            tracing::error!(error = %error, "the beginning of a check is not noted: {error}");
        }
        at
    }

    /// A check ran.
    ///
    /// # Errors
    /// When it cannot be written down; it is remembered until the process ends, all the same.
    pub(crate) async fn check_ran(&self, checked: Checked) -> Result<(), StateError> {
        let (name, at) = (checked.name, checked.at);
        let result = self.change(|book| book.check_ran(checked)).await;
        measure::last_check(name, at);
        result
    }

    /// What the open findings of `check` are about; days are not among it.
    pub(crate) async fn open_subjects(&self, check: &str) -> BTreeSet<String> {
        let open = self.state.lock().await.book.open();
        let groups = open.0.get(check).into_iter().flat_map(BTreeMap::keys);
        groups.filter(|key| key.day().is_none()).map(ToString::to_string).collect()
    }

    /// Whether the log of `generation` is still to be read, and then whether with what checks raised.
    pub(crate) async fn wants_log_of(&self, generation: u64) -> Option<bool> {
        self.state.lock().await.book.wants_log_of(generation)
    }

    /// The log of a generation was read.
    ///
    /// # Errors
    /// As [`Desk::check_ran`].
    pub(crate) async fn log_read(&self, log: OpenLog) -> Result<(), StateError> {
        self.change(|book| book.log_read(log)).await
    }

    /// Sends to all targets, and reminds them, until `shutdown`; what is under way then is finished.
    pub(crate) async fn keep_sending(self: Arc<Self>, every: Duration, shutdown: CancellationToken) {
        let senders = (0..self.targets.len()).map(|index| {
            let (desk, shutdown) = (self.clone(), shutdown.clone());
            async move { desk.keep_sending_to(&desk.targets[index], every, shutdown).await }
        });
        let remind = async {
            let mut ticks = tokio::time::interval(every);
            while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
                self.remind().await;
            }
        };
        tokio::join!(futures::future::join_all(senders), remind);
    }

    async fn keep_sending_to(&self, target: &Target, every: Duration, shutdown: CancellationToken) {
        let mut changes = self.changes.subscribe();
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !shutdown.is_cancelled() {
            if self.send_one(target).await {
                continue;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                _ = changes.changed() => {}
                _ = ticks.tick() => {}
            }
        }
    }

    /// Sends the message that is due, if one is.
    async fn send_one(&self, target: &Target) -> bool {
        let attempt = {
            let mut state = self.state.lock().await;
            let now = self.clock.now();
            let outbox = state.book.outbox(&target.name);
            measure::waiting(&target.name, outbox.len());
            let due = outbox.due(target.form.per_minute(), now).map(|message| message.id.clone());
            let Some(attempt) = due.and_then(|id| outbox.begin(&id, now)) else { return false };
            if let Err(error) = state.save().await {
                // People are to hear of a full disk too.
                tracing::error!(error = %error, "an alert is sent without being noted first: {error}");
            }
            attempt
        };
        let outcome = target.send(&attempt.message).await;
        if outcome == Outcome::Sent {
            self.crash_point(crash_point::ALERT_SENT);
        }
        let mut state = self.state.lock().await;
        let outbox = state.book.outbox(&target.name);
        outbox.end(&attempt, &outcome, self.clock.now());
        measure::waiting(&target.name, outbox.len());
        if let Err(error) = state.save().await {
            tracing::error!(error = %error, "an alert that was sent is not noted: {error}");
        }
        drop(state);
        report(&target.name, &attempt.message.check, &outcome);
        true
    }

    /// Looks for reminders that are due.
    async fn remind(&self) {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if (now - state.evaluated_at).abs() < REMIND_EVERY {
            return;
        }
        if state.evaluate(&self.targets, now) > 0
            && let Err(error) = state.save().await
        {
            tracing::error!(error = %error, "a reminder is not noted: {error}");
        }
        drop(state);
        self.changes.send_modify(|count| *count += 1);
    }

    async fn change(&self, change: impl FnOnce(&mut Book)) -> Result<(), StateError> {
        let mut state = self.state.lock().await;
        let before = state.book.open();
        change(&mut state.book);
        let after = state.book.open();
        measure::found(&new_findings(&before, &after));
        measure::open(&after.counts());
        let now = self.clock.now();
        state.evaluate(&self.targets, now);
        state.book.trim();
        let saved = state.save().await;
        drop(state);
        self.changes.send_modify(|count| *count += 1);
        saved
    }

    fn crash_point(&self, step: &str) {
        if let Some(point) = &self.crash_at {
            point.reached(step);
        }
    }
}

impl State {
    fn evaluate(&mut self, targets: &[Target], now: DateTime<Utc>) -> usize {
        self.evaluated_at = now;
        targets.iter().map(|target| self.book.evaluate(&target.name, target.wishes, now)).sum()
    }

    async fn save(&mut self) -> Result<(), StateError> {
        self.saves += 1;
        let (file, book, number) = (self.file.clone(), self.book.clone(), self.saves);
        tokio::task::spawn_blocking(move || file.save(&book, number)).await.unwrap_or_else(|panic| {
            tracing::error!("saving the alerts panicked: {panic}");
            Ok(())
        })
    }
}

/// By how much each check's groups have grown.
fn new_findings(before: &Groups, after: &Groups) -> BTreeMap<(String, quality_rules::Severity), u64> {
    use quality_rules::Severity::{Error, Warning};
    let mut new = BTreeMap::new();
    for (check, groups) in &after.0 {
        for (key, group) in groups {
            let known = before.0.get(check).and_then(|groups| groups.get(key));
            let (warnings, errors) = known.map_or((0, 0), |known| (known.warnings, known.errors));
            *new.entry((check.clone(), Warning)).or_default() += group.warnings.saturating_sub(warnings);
            *new.entry((check.clone(), Error)).or_default() += group.errors.saturating_sub(errors);
        }
    }
    new
}

fn report(target: &str, check: &str, outcome: &Outcome) {
    measure::alert(target, outcome);
    match outcome {
        Outcome::Sent => tracing::info!(alert.target = target, check, "{target} was told about {check}"),
        Outcome::Refused { reason, .. } => {
            tracing::warn!(alert.target = target, check, reason, "{target} does not take a message: {reason}");
        }
        Outcome::Unclear { reason } => {
            tracing::warn!(alert.target = target, check, reason, "nobody knows whether {target} was told: {reason}");
        }
    }
}
