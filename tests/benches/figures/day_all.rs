//! `day-all`: Tushare's trading day while all other sources are fetched too, beside Tushare's day alone.
//!
//! Days take turns: one alone, the next with the others, so that both meet the same warehouse and the same machine. The
//! others begin first: TDX is asked for the same day code by code, Yahoo and Alpha Vantage for what is watched abroad,
//! AKTools for the economy.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{
    Broker, JobDetail, JobState, Push, Queue,
    payload::{IngestJob, queue_name::INGEST},
    private_redis::RedisServer,
};
use tokio::time::Instant;
use upstream_simulators::{Vendors, World, WorldSpec};

use crate::{
    daemon::Daemon,
    data::Origin,
    day, machine,
    place::{self, Place},
    report::{Report, Table},
};

/// Days of each kind.
const PAIRS: usize = 6;
const SERVERS: usize = 7;
const LOOK_EVERY: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("day-all");
    let origin = Origin::read(place)?;
    report.fact("seed", origin.seed);
    report.fact("command", "ingest-worker --config day-all.toml, fetch_daily_market of tushare, tdx, yahoo and alpha_vantage, fetch_macro of aktools");
    place.fresh_run()?;
    let market = Arc::new(origin.market());
    let (first, last) = market.range();
    let world =
        Arc::new(World::generate(&WorldSpec::new(origin.seed, first.max(last - chrono::Days::new(3_650)), last)));
    let days: Vec<NaiveDate> = market.trading_days().iter().copied().filter(|day| *day > origin.last_in_base).collect();
    let redis = RedisServer::start().await.context("start redis-server")?;
    let vendors = Vendors::start(&market, &world, SERVERS).await.context("start the simulated vendors")?;
    let folder = place.logs()?;
    let config = folder.join("day-all.toml");
    let published = place.run().join("published");
    std::fs::write(
        &config,
        place::configuration_with(&place.run(), &published, &redis.url(), &vendors.configuration()),
    )?;
    let (worker, _) = Daemon::start("ingest-worker", &config, &folder).await?;
    let bench = Bench { queue: Queue::new(&Broker::connect(&redis.url())?, INGEST)?, worker };
    report.fact("load average before", machine::load_average());

    // What is watched abroad comes for the first time with its whole history, and TDX with the corporate actions of every
    // code that shows an ex-right: that is not a day's work.
    let [warm_up, days @ ..] = &days[..] else { anyhow::bail!("no days to ingest") };
    let begun = Instant::now();
    bench.together(*warm_up).await?;
    report
        .fact("the first day with all sources", format!("{:.1} s until all were done", begun.elapsed().as_secs_f64()));
    let mut table = Table::new(
        "Tushare's day, enqueue to published, ms",
        [
            "day",
            "sources",
            "Tushare's day",
            "until it started",
            "TDX's day",
            "Yahoo",
            "Alpha Vantage",
            "AKTools",
            "all done",
        ],
    );
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for pair in days.chunks_exact(2).take(PAIRS) {
        let took = bench.alone(pair[0]).await?;
        table.row(
            [pair[0].to_string(), "alone".to_owned(), ms(took.total), ms(took.waited)]
                .into_iter()
                .chain(std::iter::repeat_n(String::new(), 5)),
        );
        alone.push(took.total);
        let all = bench.together(pair[1]).await?;
        let others = all.others.iter().map(|took| ms(took.total));
        let head = [pair[1].to_string(), "all".to_owned(), ms(all.tushare.total), ms(all.tushare.waited)];
        table.row(head.into_iter().chain(others).chain([ms(all.all)]));
        together.push(all.tushare.total);
    }
    report.table(table);
    let (alone, slowest, together) =
        (median(&mut alone), together.iter().copied().fold(0.0, f64::max), median(&mut together));
    report.fact("median alone", format!("{alone:.2} s"));
    report.fact("median with all sources", format!("{together:.2} s, {:.2} × that alone", together / alone));
    report.below("one day with all sources at once, enqueue to published, the slowest", slowest, 5.0, "s");
    day::check(place, &market, &days[..PAIRS.min(days.len() / 2) * 2])?;
    report.fact("memory of ingest-worker in the end", bench.worker.memory()?.to_string());
    report.fact("load average after", machine::load_average());
    bench.worker.stop().await?;
    Ok(report)
}

struct Bench {
    queue: Queue<IngestJob>,
    worker: Daemon,
}

/// Seconds of a job.
#[derive(Debug, Clone, Copy)]
struct Took {
    /// From its push until it is done, which is when readers see what it brought.
    total: f64,
    /// From its push until a worker took it up.
    waited: f64,
}

impl Took {
    fn of(job: &JobDetail) -> anyhow::Result<Self> {
        let job = &job.summary;
        let (Some(pushed), Some(started), Some(finished)) = (job.pushed_at, job.started_at, job.finished_at) else {
            anyhow::bail!("the queue lost the times of {}", job.id);
        };
        let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).as_seconds_f64();
        Ok(Self { total: seconds(pushed, finished), waited: seconds(pushed, started) })
    }
}

struct Together {
    tushare: Took,
    /// TDX, Yahoo, Alpha Vantage, AKTools.
    others: Vec<Took>,
    /// From the first push until all were done.
    all: f64,
}

impl Bench {
    async fn alone(&self, day: NaiveDate) -> anyhow::Result<Took> {
        let id = self.push(day, &of("tushare", day)).await?;
        self.took(&id).await
    }

    /// The others first; Tushare's job is pushed as soon as TDX is being asked.
    async fn together(&self, day: NaiveDate) -> anyhow::Result<Together> {
        let begun = Instant::now();
        let macros = IngestJob::FetchMacro { source: "aktools".to_owned(), series: None };
        let mut pushed = Vec::new();
        for job in [of("tdx", day), of("yahoo", day), of("alpha_vantage", day), macros] {
            pushed.push(self.push(day, &job).await?);
        }
        self.is_taken_up(&pushed[0]).await?;
        let id = self.push(day, &of("tushare", day)).await?;
        let tushare = self.took(&id).await?;
        let mut others = Vec::new();
        for id in &pushed {
            others.push(self.took(id).await?);
        }
        Ok(Together { tushare, others, all: begun.elapsed().as_secs_f64() })
    }

    async fn push(&self, day: NaiveDate, job: &IngestJob) -> anyhow::Result<String> {
        let id = format!("{}#figures-{day}", job.coalesce_key());
        self.queue.push(Push::id(&id), job).await?;
        Ok(id)
    }

    async fn took(&self, id: &str) -> anyhow::Result<Took> {
        Took::of(&day::wait_until_done(&self.queue, id, &self.worker).await?)
    }

    async fn is_taken_up(&self, id: &str) -> anyhow::Result<()> {
        let taken_up = async {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            while !matches!(self.queue.show(id).await?.summary.state, JobState::Running | JobState::Done) {
                looks.tick().await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, taken_up).await.with_context(|| format!("{id} was not taken up"))?
    }
}

fn of(source: &str, trade_date: NaiveDate) -> IngestJob {
    IngestJob::FetchDailyMarket { source: source.to_owned(), trade_date }
}

fn ms(seconds: f64) -> String {
    format!("{:.0}", seconds * 1e3)
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_unstable_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}
