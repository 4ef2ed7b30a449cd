//! Reading the bars of one code: the mapped series file against a DuckDB query over the same million rows.
//!
//! `cargo bench -p warehouse`. The table is generated into a temporary folder first.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use divan::{Bencher, black_box};
use market_model::{Board, CalendarDay, Code, DailyBar, Exchange, Instrument, InstrumentKind, ListStatus};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;
use warehouse::{
    Batch, Generation, Listing, RawResponse, Reader, ReaderOptions, SeriesState, Sourced, StagedCode, Writer,
    WriterOptions,
};

const CODES: usize = 500;
const DAYS: usize = 2_000;
/// How many bars a read asks for: four months, a year, everything.
const SPANS: [usize; 3] = [80, 250, DAYS];

struct Sample {
    codes: Vec<Code>,
    days: Vec<NaiveDate>,
    series: Arc<Generation>,
    duckdb: Arc<Generation>,
    _folders: [TempDir; 2],
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(generate);

fn main() {
    // The first read of a code checks its block: not what is measured here.
    let mut bars = Vec::new();
    for code in &SAMPLE.codes {
        SAMPLE.series.bars(code, NaiveDate::MIN, NaiveDate::MAX, &mut bars).expect("read bars");
    }
    drop(bars);
    divan::main();
}

/// A fresh random code and range for every call, so that no cache line is asked for twice in a row.
fn ranges(span: usize) -> impl FnMut() -> (Code, NaiveDate, NaiveDate) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    move || {
        let start = rng.random_range(0..=DAYS - span);
        (SAMPLE.codes[rng.random_range(0..CODES)], SAMPLE.days[start], SAMPLE.days[start + span - 1])
    }
}

#[divan::bench(args = SPANS, sample_count = 1_000)]
fn series(bencher: Bencher<'_, '_>, span: usize) {
    read(bencher, span, &SAMPLE.series);
}

#[divan::bench(args = SPANS, sample_count = 1_000)]
fn duckdb(bencher: Bencher<'_, '_>, span: usize) {
    read(bencher, span, &SAMPLE.duckdb);
}

#[divan::bench(args = SPANS, sample_count = 1_000)]
fn missing(bencher: Bencher<'_, '_>, span: usize) {
    bencher
        .with_inputs(ranges(span))
        .bench_local_values(|(code, from, to)| black_box(SAMPLE.series.missing(&code, from, to).expect("read bars")));
}

#[divan::bench]
fn anchor(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(ranges(1)).bench_local_values(|(code, ..)| black_box(SAMPLE.series.anchor(&code)));
}

fn read(bencher: Bencher<'_, '_>, span: usize, generation: &Generation) {
    let mut bars = Vec::new();
    bencher.with_inputs(ranges(span)).bench_local_values(|(code, from, to)| {
        bars.clear();
        generation.bars(&code, from, to, &mut bars).expect("read bars");
        assert_eq!(bars.len(), span);
        black_box(bars.last().copied())
    });
}

fn generate() -> Sample {
    let root = tempfile::tempdir().expect("create a folder");
    let codes: Vec<Code> = (0..CODES).map(|n| format!("{:06}.SZ", n + 1).parse().expect("a code")).collect();
    let open = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let first = NaiveDate::from_ymd_opt(2018, 1, 2).expect("a date");
    let days: Vec<NaiveDate> = first.iter_days().filter(open).take(DAYS).collect();
    build(root.path(), &codes, &days);

    // The same files without the series file: what a reader does when it has to ask DuckDB.
    let published = root.path().join("published");
    let bare = tempfile::tempdir_in(root.path()).expect("create a folder");
    for entry in std::fs::read_dir(&published).expect("list the folder") {
        let entry = entry.expect("list the folder");
        if !entry.file_name().to_string_lossy().ends_with(".series") {
            std::fs::hard_link(entry.path(), bare.path().join(entry.file_name())).expect("link a file");
        }
    }
    let (series, duckdb) = (open_reader(&published), open_reader(bare.path()));
    assert_eq!(series.series_state(), SeriesState::Mapped);
    assert!(matches!(duckdb.series_state(), SeriesState::Degraded { .. }));
    Sample { codes, days, series, duckdb, _folders: [bare, root] }
}

fn build(root: &Path, codes: &[Code], days: &[NaiveDate]) {
    let now = DateTime::from_timestamp(1_790_000_000, 0).expect("a moment");
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut writer = Writer::open(root, WriterOptions::default()).expect("open the writer");
    writer.commit(reference(codes, days, now), now).expect("commit the reference data");
    let staged = codes.iter().map(|code| {
        let mut close = rng.random_range(500..20_000_i64);
        let mut staged = StagedCode::new(*code);
        staged.bars = days.iter().map(|day| bar(*code, *day, &mut close, &mut rng)).collect();
        staged.places = (0..days.len()).map(|row| (0, row as u32)).collect();
        staged.responses = vec![response("daily", now)];
        Ok(staged)
    });
    writer.bulk_load("tushare", staged, now, |_| ()).expect("load the histories");
    writer.publish(now).expect("publish");
}

/// What is listed and which days trade, without which nobody can say why a bar is missing.
fn reference(codes: &[Code], days: &[NaiveDate], now: DateTime<Utc>) -> Batch {
    fn sourced<T>(value: T) -> Sourced<T> {
        Sourced { value, response: 0, row: 0 }
    }
    let instrument = |code: &Code| Listing {
        instrument: Instrument {
            code: *code,
            kind: InstrumentKind::AShare,
            board: Some(Board::Main),
            name: code.to_string(),
            listed: days.first().copied(),
            delisted: None,
            renamed_from: None,
        },
        status: ListStatus::Listed,
    };
    let day =
        |date: &NaiveDate| CalendarDay { exchange: Exchange::Sse, date: *date, is_open: true, previous_open: None };
    Batch {
        source: "tushare".to_owned(),
        responses: vec![response("stock_basic", now)],
        instruments: codes.iter().map(instrument).map(sourced).collect(),
        calendar: days.iter().map(day).map(sourced).collect(),
        ..Batch::default()
    }
}

fn response(dataset: &str, fetched_at: DateTime<Utc>) -> RawResponse {
    RawResponse {
        source: "tushare".to_owned(),
        dataset: dataset.to_owned(),
        request: "{}".to_owned(),
        fetched_at,
        http_status: 200,
        body: b"{}".to_vec(),
    }
}

/// A day's bar in cents, with an ex-right day about once a year.
fn bar(code: Code, trade_date: NaiveDate, close: &mut i64, rng: &mut ChaCha8Rng) -> DailyBar {
    let reference = if rng.random_ratio(1, 250) { *close * 9 / 10 } else { *close };
    *close = (reference + rng.random_range(-reference / 12..=reference / 12)).max(100);
    let yuan = |cents: i64| cents as f64 / 100.0;
    let volume = rng.random_range(100_000..50_000_000_i64);
    DailyBar {
        code,
        trade_date,
        open: yuan(reference),
        high: yuan(reference.max(*close) + 3),
        low: yuan(reference.min(*close) - 3),
        close: yuan(*close),
        pre_close: Some(yuan(reference)),
        volume,
        amount: Some(volume as f64 * yuan(*close)),
        adj_factor: None,
    }
}

fn open_reader(published: &Path) -> Arc<Generation> {
    let reader = Reader::open(published, ReaderOptions::default()).expect("open the reader");
    reader.current().expect("a generation")
}
