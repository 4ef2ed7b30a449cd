//! `search`: the gateway's web search from its cache, and the cache filled to its 256 MB.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use job_queue::private_redis::RedisServer;
use redis::aio::MultiplexedConnection;
use upstream_simulators::{SearxngOptions, SearxngServer};

use crate::{
    daemon::Daemon,
    load::{self, Effort, Questions},
    machine,
    place::Place,
    report::{Report, Table, short},
    serve,
};

const CLIENTS: [usize; 2] = [1, 8];
/// Different searches that are asked round and round from the cache.
const KNOWN: usize = 200;
const FROM_CACHE: (usize, Duration) = (20_000, Duration::from_secs(4));
/// What the specification gives the cache.
const CACHE_MB: usize = 256;
/// Searches per look at Redis while it is filled.
const PART: usize = 4_000;
/// More than fit: parts after which something must have been evicted.
const PARTS_MAX: usize = 100;
/// The cache goes on after it is full for so many parts, to see that it stays so.
const PARTS_FULL: usize = 5;

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("search");
    report.fact("load average before", machine::load_average());
    let cache = RedisServer::start().await.context("start redis-server")?;
    let mut redis = redis::Client::open(cache.url())?.get_multiplexed_async_connection().await?;
    let memory = format!("{CACHE_MB}mb");
    for (name, value) in [("appendonly", "no"), ("maxmemory", memory.as_str()), ("maxmemory-policy", "allkeys-lru")] {
        redis::cmd("CONFIG").arg("SET").arg(name).arg(value).exec_async(&mut redis).await?;
    }
    let searxng = SearxngServer::start(SearxngOptions { keep_calls: 0, ..SearxngOptions::default() }).await?;
    let folder = place.logs()?;
    let state = tempfile::tempdir().context("make a folder")?;
    let config = folder.join("gateway-proxy-search.toml");
    std::fs::write(&config, configuration(state.path(), &searxng.url, &cache.url()))
        .context("write the configuration")?;
    let (gateway, address) = Daemon::start("gateway-proxy", &config, &folder).await?;
    report.fact(
        "command",
        "gateway-proxy --config gateway-proxy-search.toml, GET /search over loopback on the same processors",
    );
    report.fact("memory after start", gateway.memory()?.to_string());

    let mut table = Table::new(
        "GET /search, keep-alive, one request in flight per client",
        ["question", "clients", "requests", "p50 ms", "p90 ms", "p99 ms", "max ms", "requests/s", "body bytes"],
    );
    let warm = known("asked for the first time", "warm-up");
    let once = Effort { clients: 1, requests: KNOWN, time: Duration::ZERO };
    serve::add(&mut table, &warm.name, &load::ask(address, &warm, once).await?);
    for clients in CLIENTS {
        let questions = known("from the cache", &format!("hits-{clients}"));
        let found = serve::measure(address, &questions, clients, FROM_CACHE).await?;
        serve::add(&mut table, &questions.name, &found);
        if clients == 1 {
            report.below("search from the cache: p50 at one client", found.p50_ms, 1.0, "ms");
            report.below("search from the cache: p99 at one client", found.p99_ms, 5.0, "ms");
        }
    }
    let asked = searxng.calls().total();
    anyhow::ensure!(asked == KNOWN as u64, "SearXNG was asked {asked} times for {KNOWN} searches");
    report.table(table);
    fill(&mut report, address, &mut redis).await?;
    report.fact("memory of gateway-proxy in the end", gateway.memory()?.to_string());
    report.fact("load average after", machine::load_average());
    gateway.stop().await?;
    Ok(report)
}

/// Searches for ever new things until Redis has to forget old ones, and on for a while.
async fn fill(report: &mut Report, address: SocketAddr, redis: &mut MultiplexedConnection) -> anyhow::Result<()> {
    let begun = tokio::time::Instant::now();
    let (mut searches, mut full_for, mut most_mb) = (0, 0, 0.0_f64);
    let mut before_full = (0.0, 0.0);
    for part in 0..PARTS_MAX {
        let paths = (part * PART..(part + 1) * PART).map(|number| path(&format!("年报 {number} report"))).collect();
        let caller = format!("x-twilight-caller: fill-{part}\r\n");
        let questions = Questions { name: "fill".to_owned(), paths, headers: caller, status: 200 };
        load::ask(address, &questions, Effort { clients: 8, requests: PART, time: Duration::ZERO }).await?;
        searches += PART;
        let rss = info(redis, "memory", "used_memory_rss").await? / 1e6;
        most_mb = most_mb.max(rss);
        if info(redis, "stats", "evicted_keys").await? > 0.0 {
            full_for += 1;
        } else {
            before_full = (keys(redis).await?, info(redis, "memory", "used_memory_dataset").await?);
        }
        if full_for > PARTS_FULL {
            break;
        }
    }
    anyhow::ensure!(full_for > PARTS_FULL, "{searches} searches did not fill {CACHE_MB} MB");
    let per_second = searches as f64 / begun.elapsed().as_secs_f64();
    let (held, evicted) = (keys(redis).await?, info(redis, "stats", "evicted_keys").await?);
    let used_mb = info(redis, "memory", "used_memory").await? / 1e6;
    let mut table = Table::new(
        format!("The cache at maxmemory {CACHE_MB}mb, allkeys-lru"),
        [
            "searches",
            "answers kept",
            "forgotten",
            "bytes an answer",
            "Redis counts MB",
            "Redis in RAM, at most, MB",
            "new searches/s",
        ],
    );
    table.row([
        short(searches as f64),
        short(held),
        short(evicted),
        short(before_full.1 / f64::max(before_full.0, 1.0)),
        short(used_mb),
        short(most_mb),
        short(per_second),
    ]);
    report.table(table);
    // Redis counts MiB, and its allocator needs some room beside.
    report.below("Redis in RAM with a full cache", most_mb, (CACHE_MB as f64 * 1.048_576 * 1.25).round(), "MB");
    // The last part was searched for most recently: it must still be there.
    let last = path(&format!("年报 {} report", searches - 1));
    let (status, head, _) = load::ask_once(address, &last, "x-twilight-caller: look\r\n").await?;
    anyhow::ensure!(status == 200 && head.contains("x-twilight-cache: hit"), "the newest answer was forgotten: {head}");
    Ok(())
}

fn known(name: &str, caller: &str) -> Questions {
    let paths = (0..KNOWN).map(|number| path(&format!("贵州茅台 公告 {number}"))).collect();
    Questions { name: name.to_owned(), paths, headers: format!("x-twilight-caller: {caller}\r\n"), status: 200 }
}

fn path(q: &str) -> String {
    let encoded: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/search?q={encoded}&format=json")
}

async fn keys(redis: &mut MultiplexedConnection) -> anyhow::Result<f64> {
    let count: u64 = redis::cmd("DBSIZE").query_async(redis).await?;
    Ok(count as f64)
}

/// One figure of `INFO`.
async fn info(redis: &mut MultiplexedConnection, section: &str, name: &str) -> anyhow::Result<f64> {
    let text: String = redis::cmd("INFO").arg(section).query_async(redis).await?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.and_then(|value| value.trim().parse().ok()).with_context(|| format!("Redis tells no {name}"))
}

/// A gateway that counts nobody out: loopback may name callers, and each has plenty. On a machine that is busy with other
/// things an answer of Redis may be late; it is waited for, so that hits are hits.
fn configuration(state: &std::path::Path, searxng: &str, cache: &str) -> String {
    let (books, prices) = (state.join("gateway"), state.join("prices.toml"));
    format!(
        r#"[telemetry]
format = "json"

[queue]
redis_url = "redis://127.0.0.1:1/"

[gateway-proxy]
listen = "127.0.0.1:0"
state = "{}"
prices = "{}"
admin_token = "figures-admin-token"

[gateway-proxy.search]
searxng_url = "{searxng}"
cache_url = "{cache}"
cache_timeout_ms = 2000
per_minute = 100000
trusted_proxies = ["127.0.0.1"]
"#,
        books.display(),
        prices.display(),
    )
}
