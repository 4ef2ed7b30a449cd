//! Measures a bulk load of a synthetic history: `cargo run --release -p warehouse --example measure_bulk -- <folder> [codes]
//! [days] [loads] [tail]` (default 5000 × 2500, one load, no tail): how often it is loaded, and how many of the last days another
//! vendor has brought before, as ordinary commits. The bars are those of a vendor without reference prices, with an event a
//! year and four responses per code, which do not compress. The folder must not hold a warehouse yet; it keeps the result.
//!
//! Rates and memory are those of the load; making the rows up takes about a tenth of the time of the first pass.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use market_model::{
    CalendarDay, Code, CorporateAction, DailyBar, Exchange, Instrument, InstrumentKind, ListStatus, PriceLimit,
    ex_right_reference,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use warehouse::{Batch, Listing, Partition, RawResponse, Sourced, StagedCode, WarehouseError, Writer, WriterOptions};

const SOURCE: &str = "tdx";
/// A page of bars holds so many rows of so many bytes.
const PAGE: usize = 800;
const BYTES_PER_ROW: usize = 14;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder")?);
    let codes: usize = arguments.next().map_or(Ok(5_000), |text| text.parse())?;
    let days: usize = arguments.next().map_or(Ok(2_500), |text| text.parse())?;
    let loads: usize = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let market = Market::new(codes, days);
    let mut writer = Writer::open(&folder, WriterOptions::default())?;
    let tail: usize = arguments.next().map_or(Ok(0), |text| text.parse())?;
    writer.commit(market.reference(), now(0))?;
    for day in days - tail..days {
        writer.commit(market.answer(day), now(0))?;
    }
    for load in 0..loads {
        measure(&mut writer, &market, load)?;
    }
    let (published, took) = timed(|| writer.publish(now(99_000)))?;
    println!("publish: {took:.1?}, tail {:.1} MB, {:?}", published.tail_bytes as f64 / 1e6, published.steps_ms);
    Ok(())
}

fn measure(writer: &mut Writer, market: &Market, load: usize) -> Result<(), Box<dyn std::error::Error>> {
    let memory = Sampler::start();
    let (total, started) = ((market.codes.len() * market.days.len()) as u64, instant());
    let mut tenths = Vec::new();
    let staged = (0..market.codes.len()).map(|code| Ok(market.history(code, now(load as i64))));
    let (loaded, took) = timed(|| {
        writer.bulk_load(SOURCE, staged, now(1000), |rows| {
            if rows * 10 / total.max(1) > tenths.len() as u64 {
                tenths.push(started.elapsed());
            }
        })
    })?;
    let samples = memory.stop();
    let rate = loaded.bars as f64 / took.as_secs_f64();
    println!("load {load}: {} bars in {took:.1?} = {:.0} k bars/s", loaded.bars, rate / 1e3);
    println!("  {loaded:?}");
    let at = |time: Duration| samples.iter().find(|(sampled, _)| *sampled >= time).map_or(0, |(_, rss)| *rss);
    let along: Vec<_> = tenths.iter().map(|time| format!("{}", at(*time))).collect();
    println!("  RSS in MB at each tenth of the rows: {}", along.join(" "));
    let whole: Vec<_> = (1..=10).map(|tenth| format!("{}", at(took * tenth / 10))).collect();
    let peak = samples.iter().map(|(_, rss)| *rss).max().unwrap_or(0);
    println!("  RSS in MB at each tenth of the time: {}, peak {peak}", whole.join(" "));
    if let Some(last) = tenths.last() {
        println!("  first pass {last:.1?}");
    }
    println!("  database {} MB", loaded.base_bytes / 1_000_000);
    Ok(())
}

/// Reads this process's resident memory every tenth of a second.
struct Sampler {
    stop: Sender<()>,
    thread: JoinHandle<Vec<(Duration, u64)>>,
}

impl Sampler {
    fn start() -> Self {
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            let started = instant();
            let mut samples = Vec::new();
            while stopped.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                samples.push((started.elapsed(), resident_mb()));
            }
            samples
        });
        Self { stop, thread }
    }

    fn stop(self) -> Vec<(Duration, u64)> {
        drop(self.stop);
        self.thread.join().unwrap_or_default()
    }
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

struct Market {
    codes: Vec<Code>,
    days: Vec<NaiveDate>,
}

impl Market {
    fn new(codes: usize, days: usize) -> Self {
        let start = NaiveDate::from_ymd_opt(2014, 1, 2).unwrap_or_default();
        let weekday = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let codes = (0..codes).filter_map(|at| Code::new(&format!("{:06}", 600_000 + at), Exchange::Sse).ok());
        Self { codes: codes.collect(), days: start.iter_days().filter(weekday).take(days).collect() }
    }

    /// A random walk in cents with an ex-date about once a year, as TDX tells it.
    fn history(&self, at: usize, fetched_at: DateTime<Utc>) -> StagedCode {
        let code = self.codes[at];
        let mut rng = ChaCha8Rng::seed_from_u64(at as u64);
        let mut staged = StagedCode::new(code);
        let mut close = rng.random_range(500..20_000_i64);
        for (row, trade_date) in self.days.iter().copied().enumerate() {
            let mut reference = close;
            if rng.random_ratio(1, 250) {
                let action = CorporateAction {
                    code,
                    ex_date: trade_date,
                    announced: None,
                    cash_per_10: yuan(close) / 2.0,
                    bonus_per_10: 0.0,
                    rights_per_10: 0.0,
                    rights_price: 0.0,
                };
                let price = ex_right_reference(yuan(close), std::slice::from_ref(&action));
                reference = price.map_or(close, |price| (price * 100.0).round() as i64);
                staged.actions.push((action, 0, row as u32));
            }
            close = (reference + rng.random_range(-reference / 12..=reference / 12)).max(100);
            staged.bars.push(bar(code, trade_date, reference, close, &mut rng));
            staged.places.push((1 + row / PAGE, (row % PAGE) as u32));
        }
        let pages = self.days.len().div_ceil(PAGE);
        staged.responses = (0..=pages)
            .map(|page| {
                let mut body = vec![0; PAGE * BYTES_PER_ROW];
                rng.fill_bytes(&mut body);
                let dataset = if page == 0 { "xdxr" } else { "bars" };
                response(dataset, format!("{{\"code\":\"{code}\",\"page\":{page}}}"), body, fetched_at)
            })
            .collect();
        staged
    }

    /// A day of another vendor.
    fn answer(&self, day: usize) -> Batch {
        let mut rng = ChaCha8Rng::seed_from_u64(day as u64);
        let trade_date = self.days[day];
        let bars = self.codes.iter().map(|code| bar(*code, trade_date, 1000, 1010, &mut rng));
        let daily: Vec<_> = sourced(bars);
        let limits =
            self.codes.iter().map(|code| PriceLimit { code: *code, trade_date, up_limit: 11.0, down_limit: 9.0 });
        let vendor = "tushare".to_owned();
        let answer = response("daily", "{}".to_owned(), b"{}".to_vec(), now(0));
        Batch {
            source: vendor.clone(),
            responses: vec![RawResponse { source: vendor.clone(), ..answer }],
            daily,
            limits: sourced(limits),
            partitions: vec![Partition { dataset: "daily", source: vendor, trade_date }],
            ..Batch::default()
        }
    }

    fn reference(&self) -> Batch {
        let calendar = self.days.iter().map(|date| CalendarDay {
            exchange: Exchange::Sse,
            date: *date,
            is_open: true,
            previous_open: None,
        });
        let instruments = self.codes.iter().map(|code| Listing {
            instrument: Instrument {
                code: *code,
                kind: InstrumentKind::AShare,
                board: None,
                name: format!("合成{}", code.symbol()),
                listed: Some(self.days[0]),
                delisted: None,
                renamed_from: None,
            },
            status: ListStatus::Listed,
        });
        Batch {
            source: "tushare".to_owned(),
            responses: vec![RawResponse {
                source: "tushare".to_owned(),
                ..response("reference", "{}".to_owned(), b"{}".to_vec(), now(0))
            }],
            calendar: sourced(calendar),
            instruments: sourced(instruments),
            ..Batch::default()
        }
    }
}

fn bar(code: Code, trade_date: NaiveDate, open: i64, close: i64, rng: &mut ChaCha8Rng) -> DailyBar {
    let volume = rng.random_range(1_000..500_000_i64) * 100;
    DailyBar {
        code,
        trade_date,
        open: yuan(open),
        high: yuan(open.max(close) + 3),
        low: yuan(open.min(close) - 3),
        close: yuan(close),
        pre_close: None,
        volume,
        amount: Some((volume as f64 * yuan(close)).round()),
        adj_factor: None,
    }
}

fn yuan(cents: i64) -> f64 {
    cents as f64 / 100.0
}

fn response(dataset: &str, request: String, body: Vec<u8>, fetched_at: DateTime<Utc>) -> RawResponse {
    RawResponse { source: SOURCE.to_owned(), dataset: dataset.to_owned(), request, fetched_at, http_status: 200, body }
}

fn sourced<T>(rows: impl Iterator<Item = T>) -> Vec<Sourced<T>> {
    (0_u32..).zip(rows).map(|(row, value)| Sourced { value, response: 0, row }).collect()
}

fn timed<T>(work: impl FnOnce() -> Result<T, WarehouseError>) -> Result<(T, Duration), WarehouseError> {
    let started = instant();
    let value = work()?;
    Ok((value, started.elapsed()))
}

#[expect(clippy::disallowed_methods, reason = "a measurement outside any runtime")]
fn instant() -> Instant {
    Instant::now()
}

fn now(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}
