//! What the worker asks of itself, by the clock in Shanghai.

use anyhow::Context as _;
use chrono_tz::Asia::Shanghai;
use daemon_kit::config::ScheduleConfig;
use job_queue::{CronExpression, Queue, Scheduler, payload::IngestJob};

/// The schedule of the configuration. A daily fetch is pushed on every day; the job itself knows from the vendor's
/// calendar which days trade.
pub(crate) fn scheduler(
    queue: &Queue<IngestJob>,
    config: &ScheduleConfig,
    source: &str,
) -> anyhow::Result<Scheduler<IngestJob>> {
    let mut scheduler = Scheduler::new(queue, Shanghai);
    let (daily, reference) = (source.to_owned(), source.to_owned());
    if let Some(cron) = &config.daily_market {
        let job = move |tick: chrono::DateTime<chrono_tz::Tz>| {
            Some(IngestJob::FetchDailyMarket { source: daily.clone(), trade_date: tick.date_naive() })
        };
        scheduler.entry("daily_market", cron, job).context("ingest-worker.schedule.daily_market")?;
    }
    if let Some(cron) = &config.reference {
        let job = move |_| Some(IngestJob::FetchReference { source: reference.clone() });
        scheduler.entry("reference", cron, job).context("ingest-worker.schedule.reference")?;
    }
    if let Some(cron) = &config.expire_features {
        scheduler
            .entry("expire_features", cron, |_| Some(IngestJob::ExpireFeatures))
            .context("ingest-worker.schedule.expire_features")?;
    }
    if let Some(cron) = &config.compact {
        scheduler.entry("compact", cron, |_| Some(IngestJob::Compact)).context("ingest-worker.schedule.compact")?;
    }
    Ok(scheduler)
}

/// When a day's market is fetched; `None` where the schedule leaves that to others.
pub(crate) fn daily_ticks(config: &ScheduleConfig) -> anyhow::Result<Option<CronExpression>> {
    let parse = |cron: &String| CronExpression::parse(cron, Shanghai);
    config.daily_market.as_ref().map(parse).transpose().context("ingest-worker.schedule.daily_market")
}
