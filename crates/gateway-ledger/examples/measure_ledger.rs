//! Measures the books: `cargo run --release -p gateway-ledger --example measure_ledger -- <folder> [rows per second]
//! [seconds]` (default 30,000 for 10 s). The folder must not hold a ledger yet; it keeps the result.
//!
//! Two threads record at the given rate, as a relay on two cores would; leases are taken meanwhile.

use std::{fs, path::Path, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gateway_ledger::{
    AttemptRecord, Charge, Considered, Ledger, LedgerOptions, RequestFilter, RequestRow, SpendingBy, SpendingQuery,
};
use route_policy::{Cny, Day, Usage};
use tokio::time::Instant;

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder")?);
    let rate: usize = arguments.next().map_or(Ok(30_000), |text| text.parse())?;
    let seconds: usize = arguments.next().map_or(Ok(10), |text| text.parse())?;
    let now: DateTime<Utc> = "2026-11-23T04:00:00Z".parse()?;
    let (ledger, _) = Ledger::open(&folder, LedgerOptions::default(), now)?;

    println!("lease, nothing else going on: {}", leases(&ledger, now, 200).await?);
    burst(&ledger, now)?;
    ledger.flush().await?;

    let names = Arc::new(Names::new());
    let (cpu, started) = (writer_cpu(), Instant::now());
    let halves = (0..2).map(|half| {
        let (ledger, names) = (ledger.clone(), names.clone());
        tokio::task::spawn_blocking(move || record(&ledger, &names, now, half, rate / 2, seconds))
    });
    let halves: Vec<_> = halves.collect();
    let mut under_load = Vec::new();
    while started.elapsed() < Duration::from_secs(seconds as u64) {
        let before = Instant::now();
        ledger.lease("busy", Day::of(now), Cny::from_nano(1), None).await?;
        under_load.push(before.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut took = Vec::new();
    for half in halves {
        took.extend(half.await?);
    }
    ledger.flush().await?;
    let (rows, wall, cpu) = (took.len(), started.elapsed(), writer_cpu().saturating_sub(cpu));
    println!("recorded {rows} rows in {wall:.1?}: {:.0} rows/s, all durable", rows as f64 / wall.as_secs_f64());
    println!("  record(): {}", spread(&mut took));
    println!("  writer thread: {cpu:.1?} of CPU, {:.1} us a row", cpu.as_secs_f64() * 1e6 / rows.max(1) as f64);
    println!("  lease meanwhile: {}", spread(&mut under_load));
    println!("  {:?}", ledger.stats());
    questions(&ledger, now).await?;
    ledger.close().await?;
    let bytes = fs::metadata(folder.join("gateway.sqlite"))?.len();
    println!("file: {} MB, {} bytes a row", bytes >> 20, bytes / (rows + BURST) as u64);
    println!("resident: {} MB", resident_mb());
    Ok(())
}

/// Rows of [`burst`].
const BURST: usize = 50_000;

/// As fast as one thread can hand them over.
fn burst(ledger: &Ledger, now: DateTime<Utc>) -> Result<(), Failed> {
    let names = Names::new();
    let rows: Vec<RequestRow> = (0..BURST).map(|n| names.row(n + (1 << 40), now)).collect();
    let started = Instant::now();
    for row in rows {
        ledger.record(row)?;
    }
    let each = started.elapsed() / BURST as u32;
    println!("record(), one thread as fast as it can, {BURST} rows: {each:.0?} each");
    Ok(())
}

/// Records at `rate`, and says how long each call took.
fn record(
    ledger: &Ledger,
    names: &Names,
    now: DateTime<Utc>,
    half: usize,
    rate: usize,
    seconds: usize,
) -> Vec<Duration> {
    let (all, started) = (rate * seconds, Instant::now());
    let mut took = Vec::with_capacity(all);
    while took.len() < all {
        let due = (started.elapsed().as_secs_f64() * rate as f64) as usize;
        while took.len() < due.min(all) {
            let n = took.len();
            let row = names.row(2 * n + half, now + TimeDelta::milliseconds((n * 1_000 / rate) as i64));
            let before = Instant::now();
            if ledger.record(row).is_err() {
                return took;
            }
            took.push(before.elapsed());
        }
        std::thread::park_timeout(Duration::from_micros(200));
    }
    took
}

async fn leases(ledger: &Ledger, now: DateTime<Utc>, count: usize) -> Result<String, Failed> {
    let mut took = Vec::new();
    for _ in 0..count {
        let before = Instant::now();
        ledger.lease("idle", Day::of(now), Cny::from_nano(1), None).await?;
        took.push(before.elapsed());
    }
    Ok(spread(&mut took))
}

async fn questions(ledger: &Ledger, now: DateTime<Utc>) -> Result<(), Failed> {
    let before = Instant::now();
    let page = ledger.requests(RequestFilter::default(), None, 100).await?;
    println!("newest 100 of all requests: {:.1?}", before.elapsed());
    let id = page.rows.last().map(|row| row.id.clone()).unwrap_or_default();
    let before = Instant::now();
    ledger.request(&id).await?.ok_or("the row is there")?;
    println!("one by its id: {:.1?}", before.elapsed());
    let filter = RequestFilter { to: Some(now + TimeDelta::seconds(1)), ..RequestFilter::default() };
    let before = Instant::now();
    let found = ledger.requests(filter, None, 100).await?.rows.len();
    println!("the {found} newest before the first second's end: {:.1?}", before.elapsed());
    let filter = RequestFilter { profile: Some("nobody".to_owned()), ..RequestFilter::default() };
    let before = Instant::now();
    ledger.requests(filter, None, 100).await?;
    println!("a page of nobody's: {:.1?}", before.elapsed());
    let (from, to, by) = (now - TimeDelta::days(1), now + TimeDelta::days(1), SpendingBy::Profile);
    let before = Instant::now();
    ledger.spending(SpendingQuery { from, to, by, profile: None, channel: None, model: None }).await?;
    println!("spending by profile: {:.1?}", before.elapsed());
    Ok(())
}

/// A hundred profiles, five channels.
struct Names {
    profiles: Vec<Arc<str>>,
    channels: Vec<Arc<str>>,
    model: Arc<str>,
}

impl Names {
    fn new() -> Self {
        let named = |kind: &str, count: usize| (0..count).map(|n| Arc::from(format!("{kind}-{n}"))).collect();
        Self { profiles: named("profile", 100), channels: named("siliconflow", 5), model: Arc::from("qwen-plus") }
    }

    /// What an ordinary request leaves: one attempt, one charge, four channels whose turn it was not.
    fn row(&self, n: usize, at: DateTime<Utc>) -> RequestRow {
        let channel = &self.channels[n % self.channels.len()];
        let considered = self.channels.iter().filter(|other| *other != channel);
        let considered = considered.map(|other| Considered { channel: other.clone(), lost: "not_its_turn".into() });
        let usage = Usage { input: 1_200, cached_input: 300, output: 450, thinking: 0 };
        RequestRow {
            id: Arc::from(format!("{:016x}", 0x7357_0000_0000_0000 + n)),
            at,
            profile: self.profiles[n % self.profiles.len()].clone(),
            token_id: Some(self.profiles[n % self.profiles.len()].clone()),
            endpoint: "chat.completions".into(),
            model: self.model.clone(),
            stream: n.is_multiple_of(2),
            outcome: "ok".into(),
            failed: false,
            status: 200,
            latency_ms: 900,
            first_byte_ms: Some(120),
            waited_ms: 0,
            charges: vec![Charge {
                attempt: 1,
                channel: channel.clone(),
                account: channel.clone(),
                upstream_model: self.model.clone(),
                day: Day::of(at),
                usage,
                cny: Cny::from_nano(1_860_000),
                reserved: Cny::from_nano(9_192_000),
                estimated: false,
                breach: None,
                price_known: true,
            }],
            decision: vec![AttemptRecord {
                channel: Some(channel.clone()),
                outcome: "ok".into(),
                ms: 899,
                considered: considered.collect(),
            }],
        }
    }
}

fn spread(took: &mut [Duration]) -> String {
    took.sort_unstable();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
    let worst = took.last().copied().unwrap_or_default();
    format!("p50 {:.1?}, p99 {:.1?}, p99.9 {:.1?}, worst {worst:.1?}", at(0.5), at(0.99), at(0.999))
}

/// CPU time of the writer's thread, in steps of 10 ms; nothing where there is no `/proc`.
fn writer_cpu() -> Duration {
    let ticks = |task: &Path| -> Option<u64> {
        let stat = fs::read_to_string(task.join("stat")).ok()?;
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(") ")?;
        let field = |index: usize| rest.split(' ').nth(index)?.parse::<u64>().ok();
        (name == "ledger").then_some(field(11)? + field(12)?)
    };
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    Duration::from_millis(tasks.filter_map(|task| ticks(&task.path())).sum::<u64>() * 10)
}

fn resident_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() >> 10
}
