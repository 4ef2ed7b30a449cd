//! Pushes jobs by the clock, each tick once, however many schedulers run.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Serialize, de::DeserializeOwned};

use super::expression::{CronExpression, ScheduleError};
use crate::{Push, Pushed, Queue, QueueError, job_id, payload::scheduled_id, scripts};

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

type MakeJob<T> = Box<dyn Fn(DateTime<Tz>) -> Option<T> + Send + Sync>;

struct Entry<T> {
    name: String,
    cron: CronExpression,
    make: MakeJob<T>,
}

/// A schedule of jobs for one queue.
///
/// Tick `t` of entry `e` is the job `e@t` (`e@2026-11-20T18:30:00+08:00`), so that two schedulers push it once. The last tick is kept
/// in Redis: ticks missed while no scheduler ran collapse into one run of the latest. An entry seen for the first time begins now.
pub struct Scheduler<T> {
    queue: Queue<T>,
    timezone: Tz,
    entries: Vec<Entry<T>>,
    /// Last tick known to be dealt with, in seconds; spares Redis the question while nothing is due.
    seen: Mutex<HashMap<String, i64>>,
}

/// A tick that came due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The entry's name.
    pub entry: String,
    /// The tick.
    pub tick: DateTime<Tz>,
    /// What became of its job; `None` where the entry had none for this tick.
    pub pushed: Option<Pushed>,
}

impl<T: Serialize + DeserializeOwned> Scheduler<T> {
    /// An empty schedule, read in `timezone`.
    pub fn new(queue: &Queue<T>, timezone: Tz) -> Self {
        Self { queue: queue.clone(), timezone, entries: Vec::new(), seen: Mutex::default() }
    }

    /// Adds an entry: a six-field cron expression (second first) and the job to push for a tick. `None` skips the tick, for
    /// example on a day without trading.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn entry(
        &mut self,
        name: &str,
        expression: &str,
        make: impl Fn(DateTime<Tz>) -> Option<T> + Send + Sync + 'static,
    ) -> Result<&mut Self, ScheduleError> {
        let wrong = |reason: String| ScheduleError::Name { name: name.to_owned(), reason };
        job_id::check_id(name).map_err(|error| wrong(error.to_string()))?;
        if name.len() > 100 || self.entries.iter().any(|entry| entry.name == name) {
            return Err(wrong("longer than 100 characters, or used twice".to_owned()));
        }
        let cron = CronExpression::parse(expression, self.timezone)?;
        self.entries.push(Entry { name: name.to_owned(), cron, make: Box::new(make) });
        Ok(self)
    }

    /// Does what is due at `now`. A tick whose push fails stays due.
    ///
    /// # Errors
    /// The first [`QueueError`]; the entries after it are left for the next call.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<Vec<Fired>, QueueError> {
        let mut fired = Vec::new();
        for entry in &self.entries {
            let Some(tick) = entry.cron.latest(now) else { continue };
            if self.last_tick(&entry.name, now).await? >= tick.timestamp() {
                continue;
            }
            let pushed = match (entry.make)(tick) {
                Some(job) => Some(self.queue.push(Push::id(&scheduled_id(&entry.name, &tick)), &job).await?),
                None => None,
            };
            let last = self.mark(&entry.name, tick.timestamp(), "later").await?;
            self.remember(&entry.name, last);
            fired.push(Fired { entry: entry.name.clone(), tick, pushed });
        }
        Ok(fired)
    }

    /// When the next entry comes due after `now`.
    pub fn next_due(&self, now: DateTime<Utc>) -> Option<DateTime<Tz>> {
        self.entries.iter().filter_map(|entry| entry.cron.next(now)).min()
    }

    /// Does what is due, second by second of `clock`, until `shutdown` completes. Errors are logged and tried again.
    pub async fn run(&self, clock: Clock, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = seconds.tick() => {}
            }
            match self.tick(clock()).await {
                Ok(fired) => {
                    failing = false;
                    for Fired { entry, tick, pushed } in fired {
                        tracing::info!(
                            job.queue = self.queue.name(),
                            schedule.entry = entry,
                            "tick {tick}: {pushed:?}"
                        );
                    }
                }
                Err(error) if failing => tracing::debug!("schedule still waits for redis: {error}"),
                Err(error) => {
                    failing = true;
                    tracing::warn!(job.queue = self.queue.name(), "schedule cannot push, will keep trying: {error}");
                }
            }
        }
    }

    /// The last tick dealt with by any scheduler; an entry that nobody knows begins at `now`.
    async fn last_tick(&self, entry: &str, now: DateTime<Utc>) -> Result<i64, QueueError> {
        let known = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(entry).copied();
        if let Some(last) = known {
            return Ok(last);
        }
        let last = self.mark(entry, now.timestamp(), "first").await?;
        self.remember(entry, last);
        Ok(last)
    }

    fn remember(&self, entry: &str, last: i64) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.to_owned(), last);
    }

    async fn mark(&self, entry: &str, tick: i64, mode: &str) -> Result<i64, QueueError> {
        let mut script = scripts::CRON_MARK.key(self.queue.name());
        script.arg(entry).arg(tick).arg(mode);
        self.queue.broker().eval(&script).await
    }
}

impl<T> fmt::Debug for Scheduler<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.iter().map(|entry| (&entry.name, entry.cron.to_string()));
        f.debug_struct("Scheduler").field("queue", &self.queue).field("entries", &entries.collect::<Vec<_>>()).finish()
    }
}
