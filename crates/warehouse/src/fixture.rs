//! A small warehouse on disk for this crate's own tests, written with plain SQL so that the reading side is tested apart
//! from the writer.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use duckdb::Connection;
use market_model::{Code, FactorBasis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::{
    Bar, Layout, Published, Reader, ReaderOptions, Step, WarehouseError, logical,
    manifest::{BaseManifest, FileRef},
    publish::{PublishOptions, publish},
    schema,
    series::write_series,
};

/// One curated row in the making.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) code: Code,
    pub(crate) date: NaiveDate,
    pub(crate) prices: [f64; 4],
    pub(crate) volume: i64,
    pub(crate) amount: f64,
    pub(crate) factor: f64,
    pub(crate) source: &'static str,
    pub(crate) basis: FactorBasis,
}

/// A warehouse in a temporary folder.
pub(crate) struct Fixture {
    pub(crate) layout: Layout,
    _dir: TempDir,
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn code(text: &str) -> Code {
    text.parse().unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// `count` weekdays from `from` on.
pub(crate) fn weekdays(from: NaiveDate, count: usize) -> Vec<NaiveDate> {
    let open = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    from.iter_days().filter(open).take(count).collect()
}

/// Seeded bars of `codes` on `days`: prices in cents (in doubles with no decimal form for every fifth code), a factor that
/// steps, now and then another source, and now and then no bar.
pub(crate) fn random_rows(seed: u64, codes: &[Code], days: &[NaiveDate]) -> Vec<Row> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = Vec::new();
    for (nth, code) in codes.iter().enumerate() {
        let basis = if nth % 2 == 0 { FactorBasis::Listing } else { FactorBasis::FirstBar };
        let mut factor = 1.0;
        for date in days {
            if rng.random_ratio(1, 40) {
                continue;
            }
            if rng.random_ratio(1, 30) {
                factor *= 1.0 + rng.random_range(0..500_i32) as f64 / 1000.0;
            }
            let cents = rng.random_range(100..200_000_i32);
            let price = |offset: i32| match nth % 5 {
                4 => f64::from(cents + offset) / 300.0,
                _ => f64::from(cents + offset) / 100.0,
            };
            let wide = nth % 3 == 2;
            rows.push(Row {
                code: *code,
                date: *date,
                prices: [price(0), price(9), price(-9), price(3)],
                volume: rng.random_range(0..1_000_000_i64) * if wide { 1_000_000 } else { 1 },
                amount: rng.random_range(0..1_000_000_i64) as f64 / 100.0,
                factor,
                source: if rng.random_ratio(1, 20) { "tdx" } else { "tushare" },
                basis,
            });
        }
    }
    rows
}

impl Fixture {
    /// An empty warehouse.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fixture = Self::at(dir.path().to_owned(), dir);
        fixture.tail(|conn| schema::migrate(conn).unwrap());
        fixture
    }

    fn at(root: PathBuf, dir: TempDir) -> Self {
        Self { layout: Layout::new(root), _dir: dir }
    }

    pub(crate) fn published(&self) -> PathBuf {
        self.layout.published()
    }

    /// Opens the tail, works on it, closes it.
    pub(crate) fn tail(&self, work: impl FnOnce(&Connection)) {
        let conn = Connection::open(self.layout.tail()).unwrap();
        work(&conn);
        conn.close().map_err(|(_, error)| error).unwrap();
    }

    /// Writes `rows` into the tail's `curated_daily` and counts one commit.
    pub(crate) fn commit(&self, rows: &[Row]) {
        self.tail(|conn| {
            insert(conn, rows);
            conn.execute_batch("UPDATE meta SET value = (value::BIGINT + 1)::VARCHAR WHERE key = 'commit_seq'")
                .unwrap();
        });
    }

    /// Builds base `number` from `rows` (any order) and makes the tail belong to it.
    pub(crate) fn build_base(&self, number: u64, rows: &[Row]) {
        self.build_base_with(number, rows, |_| ());
    }

    /// As [`Fixture::build_base`]; `more` fills the other tables, in the order of the base.
    pub(crate) fn build_base_with(&self, number: u64, rows: &[Row], more: impl FnOnce(&Connection)) {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| (row.code, row.date));
        let path = self.layout.base(number);
        let conn = Connection::open(&path).unwrap();
        schema::migrate(&conn).unwrap();
        insert(&conn, &rows);
        more(&conn);
        conn.execute_batch("CHECKPOINT").unwrap();
        let catalog: String = conn.query_row("SELECT current_database()", [], |row| row.get(0)).unwrap();
        let catalog = format!("\"{catalog}\"");
        let tables = schema::HASHED_TABLES.iter().filter(|table| table.in_base);
        let tables: BTreeMap<_, _> = tables
            .map(|table| (table.name.to_owned(), logical::table_sum(&conn, &catalog, table).unwrap().into()))
            .collect();
        let summary = write_series(&conn, "curated_daily", &self.layout.series(number)).unwrap();
        assert_eq!(summary.rows, rows.len() as u64);
        conn.close().map_err(|(_, error)| error).unwrap();
        let manifest = BaseManifest {
            number,
            built_at: now(),
            schema_version: schema::SCHEMA_VERSION,
            database: FileRef::of(&path).unwrap(),
            series: FileRef::of(&self.layout.series(number)).unwrap(),
            tables,
            trade_dates: summary.trade_dates,
        };
        manifest.write(&self.layout.base_manifest(number)).unwrap();
        self.tail(|conn| {
            conn.execute("UPDATE meta SET value = ? WHERE key = 'base'", [number.to_string()]).unwrap();
        });
    }

    pub(crate) fn commit_seq(&self) -> u64 {
        let mut seq = 0;
        self.tail(|conn| {
            let sql = "SELECT value::UBIGINT FROM meta WHERE key = 'commit_seq'";
            seq = conn.query_row(sql, [], |row| row.get(0)).unwrap();
        });
        seq
    }

    pub(crate) fn publish(&self) -> Published {
        self.publish_watched(&|_| ()).unwrap()
    }

    pub(crate) fn publish_watched(&self, on_step: &dyn Fn(Step)) -> Result<Published, WarehouseError> {
        publish(self.layout.root(), self.commit_seq(), publish_options(), on_step, now())
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(self.published(), reader_options()).unwrap()
    }

    /// The names in the published folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.published()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub(crate) fn publish_options() -> PublishOptions {
    PublishOptions { keep_generations: 3, memory_limit_mb: 256, threads: 1 }
}

pub(crate) fn reader_options() -> ReaderOptions {
    ReaderOptions { connections: 2, query_timeout: Duration::from_secs(30), ..ReaderOptions::default() }
}

/// Every bar of `code`, as `(date, prices, volume, amount, factor, source)`.
pub(crate) fn all_bars(generation: &crate::Generation, code: &Code) -> Vec<Bar> {
    let mut bars = Vec::new();
    generation.bars(code, NaiveDate::MIN, NaiveDate::MAX, &mut bars).unwrap();
    bars
}

/// Whether `bar` says, to the last bit, what `row` says.
pub(crate) fn same(generation: &crate::Generation, bar: &Bar, row: &Row) -> bool {
    let floats = [bar.open, bar.high, bar.low, bar.close, bar.amount, bar.factor].map(f64::to_bits);
    let [open, high, low, close] = row.prices;
    bar.date == row.date
        && bar.volume == row.volume
        && floats == [open, high, low, close, row.amount, row.factor].map(f64::to_bits)
        && generation.source_name(bar.source) == row.source
}

fn insert(conn: &Connection, rows: &[Row]) {
    let mut appender = conn.appender("curated_daily").unwrap();
    for row in rows {
        let [open, high, low, close] = row.prices;
        let hfq = row.prices.map(|price| price * row.factor);
        appender
            .append_row(duckdb::params![
                row.code.as_str(),
                row.date,
                hfq[0],
                hfq[1],
                hfq[2],
                hfq[3],
                row.volume,
                row.amount,
                row.factor,
                row.source,
                now().naive_utc(),
                open,
                high,
                low,
                close,
                row.basis.as_str()
            ])
            .unwrap();
    }
    appender.flush().unwrap();
}
