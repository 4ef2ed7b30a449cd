//! `[ingest-worker]`: how the worker runs its jobs.

use std::{net::SocketAddr, time::Duration};

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    aktools::{AktoolsConfig, AktoolsSettings},
    alpha_vantage::{AlphaVantageConfig, AlphaVantageSettings},
    backfill::{BackfillConfig, BackfillSettings},
    schedule::{ScheduleConfig, ScheduleSettings},
    tdx::{TdxConfig, TdxSettings},
    tushare::{TushareConfig, TushareSettings},
    values,
    yahoo::{YahooConfig, YahooSettings},
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct IngestWorkerSettings {
    /// Address of /healthz, /readyz and /metrics. Default "127.0.0.1:8101".
    pub(super) listen: String,
    /// First day that must be in the warehouse: trading days from it on that are missing are fetched at start.
    /// Default: none, only scheduled days are fetched.
    pub(super) keep_from: Option<String>,
    /// Time from which a trading day's bars are final, Asia/Shanghai; a fetch before it is refused. Default "15:30".
    pub(super) publication_time: String,
    /// Jobs whose fetches run at the same time, 1 to 64. Default 6: every vendor, and one to spare.
    pub(super) fetch_concurrency: usize,
    /// Bound on one try of a job, seconds, 1 to 86400. Default 900.
    pub(super) job_timeout_s: u64,
    /// Tries of a job, those that died with their process included, before it rests in the dead-letter list, 1 to 100.
    /// Default 6.
    pub(super) max_attempts: u32,
    /// Wait before the second try of a job, ms, 10 to 3600000; it doubles with each further one. Default 10000.
    pub(super) retry_pause_ms: u64,
    /// How often a worker gives Redis a sign of life, ms, 100 to 60000. Default 5000.
    pub(super) heartbeat_ms: u64,
    /// Heartbeats that a worker may miss before its jobs are taken over, 2 to 100. Default 6.
    pub(super) missed_heartbeats: u32,
    /// How often the warehouse is searched for days that it lacks, seconds, 1 to 86400. Default 30.
    pub(super) reconcile_every_s: u64,
    /// How long a commit waits for others before they are published together, ms, 0 to 60000. Default 250.
    pub(super) publish_coalesce_ms: u64,
    /// How often what is no market data (findings, runs, freshness) is published by itself at most, seconds, 1 to 86400.
    /// Default 600.
    pub(super) bookkeeping_every_s: u64,
    /// How long after its scheduled time a day without the preferred source's bars is asked of the next one, minutes, 0 to
    /// 1440. Default 60.
    pub(super) fallback_after_min: u64,
    /// When the worker sends itself jobs.
    pub(super) schedule: ScheduleSettings,
    /// How whole histories are fetched.
    pub(super) backfill: BackfillSettings,
    /// The Tushare account.
    pub(super) tushare: TushareSettings,
    /// The TDX servers.
    pub(super) tdx: TdxSettings,
    /// The AKTools server.
    pub(super) aktools: AktoolsSettings,
    /// Yahoo.
    pub(super) yahoo: YahooSettings,
    /// The Alpha Vantage account.
    pub(super) alpha_vantage: AlphaVantageSettings,
}

impl Default for IngestWorkerSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8101".to_owned(),
            keep_from: None,
            publication_time: "15:30".to_owned(),
            fetch_concurrency: 6,
            job_timeout_s: 900,
            max_attempts: 6,
            retry_pause_ms: 10_000,
            heartbeat_ms: 5_000,
            missed_heartbeats: 6,
            reconcile_every_s: 30,
            publish_coalesce_ms: 250,
            bookkeeping_every_s: 600,
            fallback_after_min: 60,
            schedule: ScheduleSettings::default(),
            backfill: BackfillSettings::default(),
            tushare: TushareSettings::default(),
            tdx: TdxSettings::default(),
            aktools: AktoolsSettings::default(),
            yahoo: YahooSettings::default(),
            alpha_vantage: AlphaVantageSettings::default(),
        }
    }
}

/// `[ingest-worker]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestWorkerConfig {
    /// Address of /healthz, /readyz and /metrics.
    pub listen: SocketAddr,
    /// First day that must be in the warehouse.
    pub keep_from: Option<NaiveDate>,
    /// Time from which a trading day's bars are final, Asia/Shanghai.
    pub publication_time: NaiveTime,
    /// Jobs whose fetches run at the same time.
    pub fetch_concurrency: usize,
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
    /// How often the warehouse is searched for days that it lacks.
    pub reconcile_every: Duration,
    /// How long a commit waits for others before they are published together.
    pub publish_coalesce: Duration,
    /// How often what is no market data is published by itself at most.
    pub bookkeeping_every: Duration,
    /// How long after its scheduled time a day without the preferred source's bars is asked of the next one.
    pub fallback_after: Duration,
    /// When the worker sends itself jobs.
    pub schedule: ScheduleConfig,
    /// How whole histories are fetched.
    pub backfill: BackfillConfig,
    /// The Tushare account; none when it is switched off.
    pub tushare: Option<TushareConfig>,
    /// The TDX servers; none when they are switched off.
    pub tdx: Option<TdxConfig>,
    /// The AKTools server; none when it is switched off.
    pub aktools: Option<AktoolsConfig>,
    /// Yahoo; none when it is switched off.
    pub yahoo: Option<YahooConfig>,
    /// The Alpha Vantage account; none when it is switched off.
    pub alpha_vantage: Option<AlphaVantageConfig>,
}

impl IngestWorkerSettings {
    pub(in crate::config) fn resolve(&self, context: &Context) -> Result<IngestWorkerConfig, ConfigError> {
        let key = |name: &str| format!("ingest-worker.{name}");
        let keep_from = self.keep_from.as_deref().map(|date| values::date(context, &key("keep_from"), date));
        let job_timeout_s = context.within(&key("job_timeout_s"), self.job_timeout_s, 1..=86_400)?;
        let retry_pause_ms = context.within(&key("retry_pause_ms"), self.retry_pause_ms, 10..=3_600_000)?;
        let heartbeat_ms = context.within(&key("heartbeat_ms"), self.heartbeat_ms, 100..=60_000)?;
        let reconcile_every_s = context.within(&key("reconcile_every_s"), self.reconcile_every_s, 1..=86_400)?;
        let fallback_after_min = context.within(&key("fallback_after_min"), self.fallback_after_min, 0..=1440)?;
        let coalesce_ms = context.within(&key("publish_coalesce_ms"), self.publish_coalesce_ms, 0..=60_000)?;
        let bookkeeping_every_s = context.within(&key("bookkeeping_every_s"), self.bookkeeping_every_s, 1..=86_400)?;
        Ok(IngestWorkerConfig {
            listen: values::listen(context, &key("listen"), &self.listen)?,
            keep_from: keep_from.transpose()?,
            publication_time: values::time_of_day(context, &key("publication_time"), &self.publication_time)?,
            fetch_concurrency: context.within(&key("fetch_concurrency"), self.fetch_concurrency, 1..=64)?,
            job_timeout: Duration::from_secs(job_timeout_s),
            max_attempts: context.within(&key("max_attempts"), self.max_attempts, 1..=100)?,
            retry_pause: Duration::from_millis(retry_pause_ms),
            heartbeat: Duration::from_millis(heartbeat_ms),
            missed_heartbeats: context.within(&key("missed_heartbeats"), self.missed_heartbeats, 2..=100)?,
            reconcile_every: Duration::from_secs(reconcile_every_s),
            publish_coalesce: Duration::from_millis(coalesce_ms),
            bookkeeping_every: Duration::from_secs(bookkeeping_every_s),
            fallback_after: Duration::from_secs(fallback_after_min * 60),
            schedule: self.schedule.resolve(context)?,
            backfill: self.backfill.resolve(context, job_timeout_s)?,
            tushare: self.tushare.resolve(context)?,
            tdx: self.tdx.resolve(context)?,
            aktools: self.aktools.resolve(context)?,
            yahoo: self.yahoo.resolve(context)?,
            alpha_vantage: self.alpha_vantage.resolve(context)?,
        })
    }
}
