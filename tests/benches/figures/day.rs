//! `day`: one trading day from enqueue to published, through the real worker, Redis and a simulated vendor.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{
    Broker, JobState, Push, Queue,
    payload::{IngestJob, queue_name::INGEST},
    private_redis::RedisServer,
};
use tokio::time::Instant;
use upstream_simulators::{Market, TushareOptions, TushareServer, tushare::RateLimits};
use warehouse::{Generation, manifest::Manifest};

use crate::{
    daemon::Daemon,
    data::Origin,
    machine,
    place::{self, Place, VENDOR_TOKEN},
    report::{Report, Table},
};

/// A compaction reads and writes everything.
const PATIENCE: Duration = Duration::from_secs(400);
const LOOK_EVERY: Duration = Duration::from_millis(2);

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("day");
    let origin = Origin::read(place)?;
    report.fact("seed", origin.seed);
    report.fact("command", "ingest-worker --config ingest-worker.toml, one job fetch_daily_market per day, private Redis, simulated vendor");
    place.fresh_run()?;
    let market = Arc::new(origin.market());
    let days: Vec<NaiveDate> = market.trading_days().iter().copied().filter(|day| *day > origin.last_in_base).collect();
    let redis = RedisServer::start().await.context("start redis-server")?;
    let options =
        TushareOptions { token: VENDOR_TOKEN.to_owned(), limits: RateLimits::none(), ..TushareOptions::default() };
    let vendor = TushareServer::start(Arc::clone(&market), options).await.context("start the simulated vendor")?;
    let folder = place.logs()?;
    let config = folder.join("ingest-worker.toml");
    let published = place.run().join("published");
    std::fs::write(&config, place::configuration(&place.run(), &published, &redis.url(), &vendor.url))?;
    let (worker, _) = Daemon::start("ingest-worker", &config, &folder).await?;
    report.fact("memory after start", worker.memory()?.to_string());
    report.fact("load average before", machine::load_average());

    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&redis.url())?, INGEST)?;
    let mut table = Table::new(
        "One day at a time; ms",
        [
            "day",
            "codes",
            "enqueue to published",
            "enqueue to done",
            "until started",
            "started to published",
            "publish, by step",
            "tail, MB",
        ],
    );
    let mut slowest = 0.0_f64;
    for day in &days {
        let one = one_day(&queue, &worker, &published, *day).await?;
        let expected = market.expected_codes(*day).len();
        anyhow::ensure!(one.manifest.last_trade_date == Some(*day), "generation without {day}: {:?}", one.manifest);
        slowest = slowest.max(one.published_ms);
        table.row(one.cells(*day, expected));
    }
    report.table(table);
    report.below("one day, enqueue to published, the slowest day", slowest / 1e3, 5.0, "s");
    check(place, &market, &days)?;
    report.fact("memory of ingest-worker in the end", worker.memory()?.to_string());
    report.fact("load average after", machine::load_average());
    worker.stop().await?;
    Ok(report)
}

struct OneDay {
    published_ms: f64,
    done_ms: f64,
    pushed_at: DateTime<Utc>,
    started_at: DateTime<Utc>,
    manifest: Manifest,
}

impl OneDay {
    fn cells(&self, day: NaiveDate, codes: usize) -> Vec<String> {
        let waited = (self.started_at - self.pushed_at).num_milliseconds();
        let steps: Vec<String> = self.manifest.steps_ms.iter().map(|(step, ms)| format!("{step} {ms}")).collect();
        vec![
            day.to_string(),
            codes.to_string(),
            format!("{:.0}", self.published_ms),
            format!("{:.0}", self.done_ms),
            waited.to_string(),
            format!("{:.0}", self.published_ms - waited as f64),
            steps.join(", "),
            format!("{:.2}", self.manifest.tail.size as f64 / 1e6),
        ]
    }
}

async fn one_day(
    queue: &Queue<IngestJob>,
    worker: &Daemon,
    published: &Path,
    day: NaiveDate,
) -> anyhow::Result<OneDay> {
    let current = published.join("CURRENT");
    let before = std::fs::read_to_string(&current)?;
    let id = format!("fetch_daily_market@{day}#figures");
    let begun = Instant::now();
    queue.push(Push::id(&id), &IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date: day }).await?;
    let flipped = async {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        while std::fs::read_to_string(&current).is_ok_and(|now| now == before) {
            looks.tick().await;
        }
    };
    let seen = tokio::time::timeout(PATIENCE, flipped).await;
    seen.with_context(|| format!("{day} was not published; the worker's log:\n{}", worker.log_end()))?;
    let published_ms = begun.elapsed().as_secs_f64() * 1e3;
    let manifest = Manifest::read(&published.join(std::fs::read_to_string(&current)?.trim()))?;
    let job = wait_until_done(queue, &id, worker).await?;
    let done_ms = begun.elapsed().as_secs_f64() * 1e3;
    let (Some(pushed_at), Some(started_at)) = (job.summary.pushed_at, job.summary.started_at) else {
        anyhow::bail!("the queue lost the times of {id}");
    };
    Ok(OneDay { published_ms, done_ms, pushed_at, started_at, manifest })
}

/// Waits for a job's end.
///
/// # Errors
/// When it failed, or two minutes pass.
pub(crate) async fn wait_until_done<T>(
    queue: &Queue<T>,
    id: &str,
    worker: &Daemon,
) -> anyhow::Result<job_queue::JobDetail> {
    let ended = async {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let job = queue.show(id).await?;
            match job.summary.state {
                JobState::Done => return Ok(job),
                JobState::Dead | JobState::Retrying => {
                    anyhow::bail!("{id} failed: {:?}\n{}", job.summary.error, worker.log_end())
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.with_context(|| format!("{id} never ended:\n{}", worker.log_end()))?
}

/// Every manifest in a published folder, ascending.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn manifests(published: &Path) -> anyhow::Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for entry in std::fs::read_dir(published)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("gen-") && name.ends_with(".json") {
            manifests.push(Manifest::read(&path)?);
        }
    }
    manifests.sort_by_key(|manifest| manifest.generation);
    Ok(manifests)
}

/// What was ingested is what the market says, or the figures above are of something else.
///
/// # Errors
/// When the warehouse of [`Place::run`] has other bars than the market on `days`.
pub(crate) fn check(place: &Place, market: &Market, days: &[NaiveDate]) -> anyhow::Result<()> {
    let reader = warehouse::Reader::open(place.run().join("published"), warehouse::ReaderOptions::default())?;
    let generation: Arc<Generation> = reader.current().context("nothing published")?;
    let mut bars = Vec::new();
    for code in market.codes() {
        let expected = days.iter().filter_map(|day| market.bar(code, *day));
        bars.clear();
        generation.bars(code, days[0], days[days.len() - 1], &mut bars)?;
        let found = bars.iter().map(|bar| (bar.date, bar.close.to_bits(), bar.volume));
        let same = found.eq(expected.map(|bar| (bar.trade_date, bar.close.to_bits(), bar.volume)));
        anyhow::ensure!(same, "{code}: the warehouse has other bars than the market");
    }
    Ok(())
}
