//! The mode `checks = "freshness"`: a second worker beside a replica watches the clock only, without Redis. It records nothing
//! and tells people, so that a primary that died with all its workers is noticed.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use daemon_kit::clock::Clock;
use job_queue::CronExpression;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{alerts::desk::Desk, check::Judging, jobs::judge_freshness, measure, publications::Publications};

/// Judges freshness at start and at every tick of the schedule.
pub(crate) struct Watch {
    /// What is published.
    pub(crate) publications: Publications,
    /// The folder where it is published.
    pub(crate) published: PathBuf,
    /// Who is told.
    pub(crate) desk: Arc<Desk>,
    /// How it is judged.
    pub(crate) judging: Arc<Judging>,
    /// Now.
    pub(crate) clock: Clock,
    /// When it is judged.
    pub(crate) ticks: Vec<CronExpression>,
    /// Why it could not be judged last time.
    pub(crate) trouble: Trouble,
}

/// Why the last judgement failed, for `/readyz`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    pub(crate) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, trouble: Option<String>) -> bool {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = *current != trouble;
        *current = trouble;
        is_news
    }
}

impl Watch {
    /// Until `shutdown`. A judgement that failed is tried again at the next look, `every` so often.
    pub(crate) async fn keep_watching(self, every: Duration, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(every);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut judged_at = None;
        while shutdown.run_until_cancelled(looks.tick()).await.is_some() {
            let now = self.clock.now();
            if !self.is_due(judged_at, now) {
                continue;
            }
            let trouble = self.judge(now).await.err().map(|error| format!("{error:#}"));
            if trouble.is_none() {
                judged_at = Some(now);
            }
            if self.trouble.set(trouble.clone())
                && let Some(error) = trouble
            {
                tracing::error!(error, "freshness cannot be judged: {error}");
            }
        }
    }

    fn is_due(&self, judged_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        let Some(judged_at) = judged_at else { return true };
        let latest = self.ticks.iter().filter_map(|tick| tick.latest(now)).max();
        latest.is_some_and(|tick| tick > judged_at)
    }

    async fn judge(&self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let started = Instant::now();
        let generation = self.publications.look().await;
        let (checked, findings) = judge_freshness(&self.published, generation.as_deref(), &self.judging, now)?;
        self.desk.check_ran(checked).await?;
        measure::check_took("check_freshness", started.elapsed());
        tracing::info!(overdue = findings.len(), "freshness judged: {} data sets are overdue", findings.len());
        Ok(())
    }
}
