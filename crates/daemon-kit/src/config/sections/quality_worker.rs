//! `[quality-worker]`: what is judged, how, and how the worker runs its jobs.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    alerts::{self, AlertConfig, AlertSettings},
    no_limit_days::{NoLimitDayConfig, NoLimitDaySettings},
    quality_disk::{QualityDiskConfig, QualityDiskSettings},
    quality_schedule::{QualityScheduleConfig, QualityScheduleSettings},
    status::StatusSettings,
    values,
    warehouse::WarehouseConfig,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct QualityWorkerSettings {
    /// Address of /healthz, /readyz and /metrics. Default "127.0.0.1:8102".
    pub(super) listen: String,
    /// Folder of the published generations. Default: `published` in `warehouse.root`.
    pub(super) published: Option<PathBuf>,
    /// Folder where the worker remembers its alerts. Default "data/quality".
    pub(super) state: PathBuf,
    /// What is judged: "all", or "freshness" for a second worker beside a replica, which needs no Redis, records
    /// nothing and only alerts. Default "all".
    pub(super) checks: String,
    /// Data whose last successful ingest is older is called stale, hours, 1 to 8760. Default 24.
    pub(super) stale_after_h: u32,
    /// Closes of two sources may differ by this, percent, 0 to 100. Default 0.01.
    pub(super) close_tolerance_percent: f64,
    /// A day's move beyond this is flagged, percent, 1 to 1000. Default 20.
    pub(super) large_move_percent: f64,
    /// Memory that the reader's DuckDB may use, MiB, 64 to 1048576. Default 256: the system keeps what is read again, so
    /// that more does not make it faster.
    pub(super) memory_limit_mb: u32,
    /// Threads that judge, each with queries of its own, 1 to 64. Default 2.
    pub(super) threads: usize,
    /// How often a new generation is looked for, ms, 10 to 60000. Default 500.
    pub(super) poll_ms: u64,
    /// Bound on one try of a job, seconds, 1 to 86400. Default 900.
    pub(super) job_timeout_s: u64,
    /// Tries of a job, those that died with their process included, before it rests in the dead-letter list, 1 to 100.
    /// Default 6.
    pub(super) max_attempts: u32,
    /// Wait before the second try of a job, ms, 10 to 3600000; it doubles with each further one, up to 15 minutes.
    /// Default 10000.
    pub(super) retry_pause_ms: u64,
    /// How often a worker gives Redis a sign of life, ms, 100 to 60000. Default 5000.
    pub(super) heartbeat_ms: u64,
    /// Heartbeats that a worker may miss before its jobs are taken over, 2 to 100. Default 6.
    pub(super) missed_heartbeats: u32,
    /// When the worker sends itself jobs.
    pub(super) schedule: QualityScheduleSettings,
    /// Which file systems are watched.
    pub(super) disk: QualityDiskSettings,
    /// Days of single codes without a price limit. Default: none beside those that come with the program.
    pub(in crate::config) no_limit_days: Vec<NoLimitDaySettings>,
    /// Who is told. Default: nobody.
    pub(in crate::config) alerts: Vec<AlertSettings>,
}

impl Default for QualityWorkerSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8102".to_owned(),
            published: None,
            state: "data/quality".into(),
            checks: "all".to_owned(),
            stale_after_h: 24,
            close_tolerance_percent: 0.01,
            large_move_percent: 20.0,
            memory_limit_mb: 256,
            threads: 2,
            poll_ms: 500,
            job_timeout_s: 900,
            max_attempts: 6,
            retry_pause_ms: 10_000,
            heartbeat_ms: 5_000,
            missed_heartbeats: 6,
            schedule: QualityScheduleSettings::default(),
            disk: QualityDiskSettings::default(),
            no_limit_days: Vec::new(),
            alerts: Vec::new(),
        }
    }
}

/// `[quality-worker]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityWorkerConfig {
    /// Address of /healthz, /readyz and /metrics.
    pub listen: SocketAddr,
    /// Folder of the published generations.
    pub published: PathBuf,
    /// Folder where the worker remembers its alerts.
    pub state: PathBuf,
    /// What is judged.
    pub checks: Checks,
    /// Data whose last successful ingest is older is called stale.
    pub stale_after: TimeDelta,
    /// Closes of two sources may differ by this, relative: 0.0001 is 0.01 %.
    pub close_tolerance: f64,
    /// A day's move beyond this is flagged, relative: 0.2 is 20 %.
    pub large_move: f64,
    /// Memory that the reader's DuckDB may use, MiB.
    pub memory_limit_mb: u32,
    /// Threads that judge, each with queries of its own.
    pub threads: usize,
    /// How often a new generation is looked for.
    pub poll: Duration,
    /// Bound on one try of a job.
    pub job_timeout: Duration,
    /// Tries of a job, those that died with their process included, before it rests in the dead-letter list.
    pub max_attempts: u32,
    /// Wait before the second try of a job; it doubles with each further one.
    pub retry_pause: Duration,
    /// How often a worker gives Redis a sign of life.
    pub heartbeat: Duration,
    /// Heartbeats that a worker may miss before its jobs are taken over.
    pub missed_heartbeats: u32,
    /// When the worker sends itself jobs.
    pub schedule: QualityScheduleConfig,
    /// Which file systems are watched.
    pub disk: QualityDiskConfig,
    /// Days of single codes without a price limit, beside those that come with the program.
    pub no_limit_days: Vec<NoLimitDayConfig>,
    /// Who is told; every name once.
    pub alerts: Vec<AlertConfig>,
    /// `status.runbook`: the manual that alerts name.
    pub runbook: String,
}

/// What a quality-worker judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// Generations and freshness; findings are recorded.
    All,
    /// Freshness only, without Redis: nothing is recorded, alerts are sent.
    Freshness,
}

impl QualityWorkerSettings {
    pub(in crate::config) fn resolve(
        &self,
        context: &Context,
        warehouse: &WarehouseConfig,
        status: &StatusSettings,
    ) -> Result<QualityWorkerConfig, ConfigError> {
        let key = |name: &str| format!("quality-worker.{name}");
        let published = self.published.as_deref().map(|folder| context.not_empty(&key("published"), folder));
        let stale_after_h = context.within(&key("stale_after_h"), self.stale_after_h, 1..=8_760)?;
        let tolerance = &key("close_tolerance_percent");
        let large_move = &key("large_move_percent");
        let heartbeat_ms = context.within(&key("heartbeat_ms"), self.heartbeat_ms, 100..=60_000)?;
        let retry_pause_ms = context.within(&key("retry_pause_ms"), self.retry_pause_ms, 10..=3_600_000)?;
        let published = published.transpose()?.unwrap_or_else(|| warehouse.published());
        let state = context.not_empty(&key("state"), &self.state)?;
        Ok(QualityWorkerConfig {
            listen: values::listen(context, &key("listen"), &self.listen)?,
            disk: self.disk.resolve(context, [published.clone(), state.clone()])?,
            published,
            state,
            checks: self.checks(context, &key("checks"))?,
            stale_after: TimeDelta::hours(i64::from(stale_after_h)),
            close_tolerance: context.within(tolerance, self.close_tolerance_percent, 0.0..=100.0)? / 100.0,
            large_move: context.within(large_move, self.large_move_percent, 1.0..=1000.0)? / 100.0,
            memory_limit_mb: context.within(&key("memory_limit_mb"), self.memory_limit_mb, 64..=1_048_576)?,
            threads: context.within(&key("threads"), self.threads, 1..=64)?,
            poll: Duration::from_millis(context.within(&key("poll_ms"), self.poll_ms, 10..=60_000)?),
            job_timeout: values::seconds(context, &key("job_timeout_s"), self.job_timeout_s, 1..=86_400)?,
            max_attempts: context.within(&key("max_attempts"), self.max_attempts, 1..=100)?,
            retry_pause: Duration::from_millis(retry_pause_ms),
            heartbeat: Duration::from_millis(heartbeat_ms),
            missed_heartbeats: context.within(&key("missed_heartbeats"), self.missed_heartbeats, 2..=100)?,
            schedule: self.schedule.resolve(context)?,
            no_limit_days: NoLimitDaySettings::resolve_all(&self.no_limit_days, context)?,
            alerts: alerts::resolve_all(&self.alerts, context)?,
            runbook: status.runbook(context)?,
        })
    }

    fn checks(&self, context: &Context, key: &str) -> Result<Checks, ConfigError> {
        match self.checks.as_str() {
            "all" => Ok(Checks::All),
            "freshness" => Ok(Checks::Freshness),
            other => Err(context.bad(key, format!("{other:?} is no choice"), "all, freshness")),
        }
    }
}
