//! What the pages can reach.

use std::{sync::Arc, time::Duration};

use axum::extract::FromRef;
use chrono::{NaiveDate, TimeDelta};
use daemon_kit::problem::Problem;
use tokio_util::sync::CancellationToken;
use warehouse::{FindingDay, Generation, SourceDay, WarehouseError};

use super::{per_generation::PerGeneration, quarantine::Pending};
use crate::app::App;

/// The state of the pages: that of the server, and what they keep of the newest generation. Handlers that need no more than the
/// server's take `State<Arc<App>>`.
#[derive(Clone)]
pub(crate) struct Pages {
    pub(crate) app: Arc<App>,
    pub(crate) kept: Arc<Kept>,
}

/// What every source brought of the newest trading days.
pub(super) struct SourceDays {
    /// The days that were looked at.
    pub(super) range: (NaiveDate, NaiveDate),
    /// By source and day.
    pub(super) days: Vec<SourceDay>,
    /// The first and the last day of each source that was ever judged.
    pub(super) spans: Vec<(String, NaiveDate, NaiveDate)>,
}

/// What is counted once per generation.
#[derive(Default)]
pub(crate) struct Kept {
    /// What every source brought of the trading days of the calendar.
    source_days: PerGeneration<SourceDays>,
    /// Decisions about the quarantine that do not show yet.
    pub(super) pending: Pending,
    /// The quality log, counted.
    finding_days: PerGeneration<Vec<FindingDay>>,
}

impl Pages {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app, kept: Arc::default() }
    }

    /// The quality log of `generation` by rule, severity and day.
    ///
    /// # Errors
    /// As [`PerGeneration::get`].
    pub(super) async fn finding_days(&self, generation: &Arc<Generation>) -> Result<Arc<Vec<FindingDay>>, Problem> {
        self.kept.finding_days.get(generation, &self.app.queries, Generation::finding_days).await
    }

    /// What every source brought of the [`CALENDAR_DAYS`] newest trading days up to `generation`'s last.
    ///
    /// # Errors
    /// As [`PerGeneration::get`].
    pub(super) async fn source_days(&self, generation: &Arc<Generation>) -> Result<Arc<SourceDays>, Problem> {
        self.kept.source_days.get(generation, &self.app.queries, count_source_days).await
    }
}

impl Pages {
    /// Counts every new generation before anybody asks, until `shutdown`: no visitor waits for it then.
    pub(super) async fn keep_warm(self, poll: Duration, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(poll);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut counted = None;
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            let Some(generation) = self.app.reader.current() else { continue };
            // Once each: what fails here is tried again by whoever needs it.
            if counted.replace(generation.number()) == Some(generation.number()) {
                continue;
            }
            // One after the other: requests need the other places of the pool.
            let counts = async {
                let _ = self.source_days(&generation).await;
                let _ = self.finding_days(&generation).await;
            };
            shutdown.run_until_cancelled(counts).await;
        }
    }
}

fn count_source_days(generation: &Generation) -> Result<SourceDays, WarehouseError> {
    let last_known = generation.calendar().range().map(|(_, last)| last);
    let newest = generation.last_trade_date().or(last_known).unwrap_or_default();
    let range = (newest - TimeDelta::days(CALENDAR_REACH), last_known.unwrap_or(newest).max(newest));
    let days = generation.source_days(range.0, range.1)?;
    Ok(SourceDays { range, days, spans: generation.judged_spans()? })
}

/// How many trading days the calendar shows.
pub(super) const CALENDAR_DAYS: usize = 60;

/// Calendar days that hold at least as many trading days: five of seven, and two long holidays.
const CALENDAR_REACH: i64 = 110;

impl FromRef<Pages> for Arc<App> {
    fn from_ref(pages: &Pages) -> Self {
        pages.app.clone()
    }
}
