//! A small warehouse that publishes when a test says so.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use market_model::{Board, CalendarDay, Code, DailyBar, Exchange, Instrument, InstrumentKind, ListStatus};
use tempfile::TempDir;
use warehouse::{Batch, Freshness, Listing, Partition, RawResponse, Sourced, StatusFile, Writer, WriterOptions};

const CODES: usize = 40;
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2024, 1, 2).expect("a valid date");
const HISTORY_DAYS: i64 = 20;

/// A warehouse with a base and a tail, and its writer.
pub struct Source {
    writer: Writer,
    days: i64,
    folder: TempDir,
}

impl Default for Source {
    fn default() -> Self {
        Self::new()
    }
}

impl Source {
    /// One published generation over a base.
    pub fn new() -> Self {
        Self::keeping(3)
    }

    /// [`Source::new`] with so many generations that stay.
    pub fn keeping(keep_generations: u32) -> Self {
        let folder = tempfile::Builder::new().prefix("twilight-source-").tempdir().unwrap();
        let options = WriterOptions { memory_limit_mb: 256, threads: 1, keep_generations, ..WriterOptions::default() };
        let mut writer = Writer::open(folder.path().join("warehouse"), options).unwrap();
        writer.commit(reference(), now(0)).unwrap();
        writer.commit(bars(0..HISTORY_DAYS), now(HISTORY_DAYS)).unwrap();
        writer.compact(now(HISTORY_DAYS)).unwrap();
        let mut source = Self { writer, days: HISTORY_DAYS, folder };
        source.publish_a_day();
        source
    }

    /// One more day, published; the generation.
    pub fn publish_a_day(&mut self) -> u64 {
        let day = self.days;
        self.days += 1;
        self.writer.commit(bars(day..day + 1), now(day)).unwrap();
        let generation = self.writer.publish(now(day)).unwrap().generation;
        self.write_status(day, generation);
        generation
    }

    /// Everything so far into the next base, published; the generation.
    pub fn compact(&mut self) -> u64 {
        self.writer.compact(now(self.days)).unwrap();
        let generation = self.writer.publish(now(self.days)).unwrap().generation;
        self.write_status(self.days, generation);
        generation
    }

    /// The warehouse's folder.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("warehouse")
    }

    /// What it publishes.
    pub fn published(&self) -> PathBuf {
        self.root().join("published")
    }

    fn write_status(&self, day: i64, generation: u64) {
        let text = format!("{{\"updated_at\": \"{}\"}}", now(day).to_rfc3339());
        let mut status: StatusFile = serde_json::from_str(&text).unwrap();
        status.generation = Some(generation);
        status.freshness.push(Freshness {
            source: "tushare".to_owned(),
            dataset: "daily".to_owned(),
            last_success_at: Some(now(day)),
            last_trade_date: Some(date(day)),
            last_error: None,
            last_error_at: None,
        });
        warehouse::write_status(&self.published(), &status).unwrap();
    }
}

/// The number of the current generation in a published folder.
pub(super) fn current(published: &Path) -> Option<u64> {
    let name = std::fs::read_to_string(published.join("CURRENT")).ok()?;
    warehouse::layout::manifest_number(name.trim())
}

fn date(day: i64) -> NaiveDate {
    FIRST_DAY + TimeDelta::days(day)
}

/// The evening of a day.
fn now(day: i64) -> DateTime<Utc> {
    date(day).and_hms_opt(10, 30, 0).unwrap().and_utc()
}

fn codes() -> impl Iterator<Item = Code> {
    (0..CODES).map(|nth| format!("{:06}.SH", 600_000 + nth * 7).parse().unwrap())
}

fn reference() -> Batch {
    let instruments = codes().enumerate().map(|(row, code)| {
        let instrument = Instrument {
            code,
            kind: InstrumentKind::AShare,
            board: Board::of_code(&code),
            name: format!("Number {row}"),
            listed: Some(FIRST_DAY),
            delisted: None,
            renamed_from: None,
        };
        sourced(Listing { instrument, status: ListStatus::Listed }, 0, row)
    });
    let calendar = (0..400).map(|day| {
        let open = CalendarDay { exchange: Exchange::Sse, date: date(day), is_open: true, previous_open: None };
        sourced(open, 1, day as usize)
    });
    Batch {
        source: "tushare".to_owned(),
        responses: vec![response("stock_basic", 0), response("trade_cal", 0)],
        instruments: instruments.collect(),
        calendar: calendar.collect(),
        ..Batch::default()
    }
}

fn bars(days: std::ops::Range<i64>) -> Batch {
    let mut batch = Batch { source: "tushare".to_owned(), ..Batch::default() };
    for day in days {
        let nth = batch.responses.len();
        batch.responses.push(response("daily", day));
        for (row, code) in codes().enumerate() {
            batch.daily.push(sourced(bar(code, row, day), nth, row));
        }
        batch.partitions.push(Partition { dataset: "daily", source: "tushare".to_owned(), trade_date: date(day) });
    }
    batch
}

fn bar(code: Code, row: usize, day: i64) -> DailyBar {
    let cents = |day: i64| 1_000 + (row as i64 * 37 + day * 13) % 89;
    let price = |cents: i64| cents as f64 / 100.0;
    let close = cents(day);
    DailyBar {
        code,
        trade_date: date(day),
        open: price(close - 2),
        high: price(close + 3),
        low: price(close - 5),
        close: price(close),
        pre_close: Some(price(cents(day - 1))),
        volume: 100_000 + day * 100,
        amount: Some(price(close) * 100_000.0),
        adj_factor: None,
    }
}

/// A response whose body does not compress, so that there is something to copy.
fn response(dataset: &str, day: i64) -> RawResponse {
    let mut state = day as u64 + 1;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + (state >> 33) as u8 % 94)
    });
    RawResponse {
        source: "tushare".to_owned(),
        dataset: dataset.to_owned(),
        request: "{}".to_owned(),
        fetched_at: now(day),
        http_status: 200,
        body: noise.take(60_000).map(|letter| letter as u8).collect(),
    }
}

fn sourced<T>(value: T, response: usize, row: usize) -> Sourced<T> {
    Sourced { value, response, row: row as u32 }
}
