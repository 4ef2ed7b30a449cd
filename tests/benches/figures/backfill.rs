//! `backfill`: whole histories from simulated TDX servers through the real worker, from enqueue to readable.
//!
//! Everything shares the two processors: the worker, the servers (in this process), Redis. Generating the market is not in
//! the figures. Twice: the servers deflate what they send as real ones do, and then they do not.

mod check;
mod look;
mod watch;

use std::sync::Arc;

use anyhow::Context as _;
use chrono::Days;
use job_queue::{
    Broker, Push, Queue,
    payload::{IngestJob, queue_name::INGEST},
    private_redis::RedisServer,
};
use tokio::time::Instant;
use upstream_simulators::{Market, MarketSpec, TdxOptions, TdxServer, Vendors, World, WorldSpec};

use self::watch::{Course, Watch};
use crate::{
    daemon::Daemon,
    data::Origin,
    day, machine,
    place::{self, Place},
    report::{Report, Table, short},
};

/// As many servers as a worker's list has.
const SERVERS: usize = 7;
const SOURCE: &str = "tdx";

/// A smaller market than the one of the other steps, to try things out: `--codes=500 --days=250`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    pub(crate) codes: Option<usize>,
    pub(crate) days: Option<u64>,
}

impl Size {
    fn market(self) -> Market {
        let Origin { seed, codes, first_day, last_day, .. } = Origin::wanted();
        // 243 trading days make a year.
        let first = self.days.map_or(first_day, |days| last_day - Days::new(days * 365 / 243));
        Market::generate(&MarketSpec::new(seed, self.codes.unwrap_or(codes), first, last_day))
    }
}

pub(crate) async fn run(place: &Place, size: Size) -> anyhow::Result<Report> {
    let mut report = Report::new("backfill");
    report.fact("command", "ingest-worker --config backfill.toml, one job backfill_history of tdx, private Redis");
    let begun = Instant::now();
    let market = Arc::new(size.market());
    let (bars, days) = (market.bar_count(), market.trading_days().len());
    report.fact("seed", Origin::wanted().seed);
    let shape = format!("{} codes, {days} days, {} bars", market.codes().len(), short(bars as f64));
    report.fact("market", format!("{shape}, generated in {:.1} s", begun.elapsed().as_secs_f64()));
    report.fact("load average before", machine::load_average());
    let mut ends = Table::new(
        "From enqueue to readable",
        ["answers", "codes", "bars", "s", "min", "rows/s", "requests", "MB received and staged", "base, MB"],
    );
    let mut phases = look::phases_table();
    let mut memory = look::memory_table();
    for (name, compress) in [("deflated", true), ("plain", false)] {
        let one = one(place, &market, compress).await?;
        let seconds = one.course.readable.as_secs_f64();
        let rate = one.bars as f64 / seconds;
        ends.row([
            name.to_owned(),
            short(one.codes as f64),
            short(one.bars as f64),
            format!("{seconds:.1}"),
            format!("{:.2}", seconds / 60.0),
            short(rate),
            short(one.requests as f64),
            short(one.course.staged_bytes as f64 / 1e6),
            short(one.base_bytes as f64 / 1e6),
        ]);
        look::add_phases(&mut phases, name, &one.course);
        look::add_memory(&mut memory, name, &one.course);
        report.fact(&format!("{name}: the writer's steps, ms"), one.steps);
        report.fact(&format!("{name}: checked"), one.checked);
        report.fact(&format!("{name}: load average after"), machine::load_average());
        if compress {
            report.at_least("backfill, enqueue to readable", rate, 150_000.0, "rows/s");
            for (what, growth) in look::growths(&one.course) {
                report.below(
                    format!("backfill, memory of the worker while {what}, 100 % over 10 % of the codes"),
                    growth,
                    1.2,
                    "×",
                );
            }
        }
    }
    report.table(ends);
    report.table(phases);
    report.table(memory);
    Ok(report)
}

struct One {
    course: Course,
    codes: u64,
    bars: u64,
    requests: u64,
    base_bytes: u64,
    steps: String,
    checked: String,
}

async fn one(place: &Place, market: &Arc<Market>, compress: bool) -> anyhow::Result<One> {
    let root = place.scratch();
    place::empty(&root)?;
    let (first, last) = market.range();
    let redis = RedisServer::start().await.context("start redis-server")?;
    let world = Arc::new(World::generate(&WorldSpec::new(1, last - Days::new(30), last)));
    let mut vendors = Vendors::start(market, &world, 0).await.context("start the simulated vendors")?;
    for _ in 0..SERVERS {
        let options = TdxOptions { compress, ..TdxOptions::default() };
        vendors.tdx.push(TdxServer::start(Arc::clone(market), options).await?);
    }
    let folder = place.logs()?;
    let config = folder.join("backfill.toml");
    let published = root.join("published");
    std::fs::write(&config, place::configuration_with(&root, &published, &redis.url(), &vendors.configuration()))?;
    let (worker, _) = Daemon::start("ingest-worker", &config, &folder).await?;
    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&redis.url())?, INGEST)?;
    // Who is listed, and when there was trading: known to a worker that has run before.
    let id = "fetch_reference#figures";
    queue.push(Push::id(id), &IngestJob::FetchReference { source: "tushare".to_owned() }).await?;
    day::wait_until_done(&queue, id, &worker).await?;
    vendors.tdx.iter().for_each(|server| server.calls().clear());

    let job = IngestJob::BackfillHistory { source: SOURCE.to_owned(), codes: None, from: first, to: last, part: 0 };
    let watch = Watch { root: root.clone(), worker: &worker, last_day: last };
    let id = "backfill_history#figures";
    let begun = Instant::now();
    queue.push(Push::id(id), &job).await?;
    let course = watch.until_readable(begun).await?;
    let detail = day::wait_until_done(&queue, id, &worker).await?;
    let requests = vendors.calls().iter().find(|(name, _)| *name == "TDX").map_or(0, |(_, calls)| *calls);
    worker.stop().await?;
    drop(vendors);

    let checked = check::run(&published, market)?;
    let result = detail.result.context("the job has no result")?;
    let number = |key: &str| result.get(key).and_then(serde_json::Value::as_u64).unwrap_or_default();
    let steps = result.get("steps_ms").map_or_else(String::new, ToString::to_string);
    let manifest = course.manifest.clone();
    let base_bytes = manifest.base.map_or(0, |base| base.database.size + base.series.size);
    place::empty(&root)?;
    Ok(One { course, codes: number("codes"), bars: number("bars"), requests, base_bytes, steps, checked })
}
