//! A small market in base and tail, with everything that makes two files hard to read as one.

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::{Code, FactorBasis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    Generation, Reader, ReaderOptions,
    fixture::{Fixture, Row, code, date, random_rows, reader_options, weekdays},
};

/// Codes with bars: shares, an index, something abroad, and a number range that is nobody's.
const CODES: [&str; 9] =
    ["000001.SZ", "000002.SZ", "000300.SH", "0700.HK", "300750.SZ", "600000.SH", "600519.SH", "700001.SH", "920799.BJ"];

/// Rows, but no bar and no instrument; an instrument without rows.
pub(super) const UNSERVED: &str = "688981.SH";
pub(super) const EMPTY: &str = "601398.SH";
/// Two rows with the same key in the base.
pub(super) const DUPLICATED: &str = "600000.SH";
/// Suspended from the 31st to the 100th day: its last bar before the tail is far back.
pub(super) const SUSPENDED: &str = "600519.SH";

pub(super) struct Market {
    pub(super) fixture: Fixture,
    pub(super) days: Vec<NaiveDate>,
    pub(super) codes: Vec<Code>,
}

/// A vendor's row in the making.
struct Normalized {
    row: Row,
    source: &'static str,
    raw_id: i64,
}

impl Market {
    /// 130 days, of which the first `in_base` are in a base (none without one); of these the tail corrects some.
    pub(super) fn new(seed: u64, in_base: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let days = weekdays(date("2023-10-09"), 130);
        let codes: Vec<Code> = CODES.map(code).to_vec();
        let mut rows = random_rows(seed, &codes, &days);
        let halt = days[30]..days[100];
        rows.retain(|row| row.code != code(SUSPENDED) || !halt.contains(&row.date));
        let (base, mut tail): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.date < days[in_base]);
        let corrections = base.iter().filter(|_| rng.random_ratio(1, 15)).map(|row| Row { volume: 7, ..row.clone() });
        tail.extend(corrections.collect::<Vec<_>>());
        tail.sort_by_key(|row| row.date);

        let fixture = Fixture::new();
        if in_base > 0 {
            let normalized = normalized(&mut rng, &base, &days[..in_base]);
            fixture.build_base_with(1, &base, |conn| {
                insert(conn, &normalized);
                insert_limits(conn, &days[..in_base], 10.0);
                insert_suspensions(conn, &days[30..60]);
            });
        }
        let normalized = normalized(&mut rng, &tail, &days[in_base..]);
        fixture.commit(&tail);
        fixture.tail(|conn| {
            insert(conn, &normalized);
            // The last days of the base again: the tail's word counts.
            insert_limits(conn, &days[in_base.saturating_sub(3)..], 20.0);
            insert_suspensions(conn, &days[55..100]);
            insert_reference(conn, &days, in_base);
        });
        fixture.publish();
        Self { fixture, days, codes }
    }

    pub(super) fn generation(&self) -> std::sync::Arc<Generation> {
        self.fixture.reader().current().unwrap()
    }

    /// As a reader serves it that may keep no bar of the tail in memory, or has lost its series file.
    pub(super) fn impaired(&self, tail_in_memory: bool, with_series: bool) -> std::sync::Arc<Generation> {
        let series = self.fixture.published().join("base-1.series");
        if !with_series {
            std::fs::remove_file(&series).unwrap();
        }
        let tail_rows_max = if tail_in_memory { 1_000_000 } else { 0 };
        let options = ReaderOptions { tail_rows_max, ..reader_options() };
        Reader::open(self.fixture.published(), options).unwrap().current().unwrap()
    }
}

/// What two vendors say: mostly both have a row, sometimes they differ, now and then one has a day that is not served.
fn normalized(rng: &mut ChaCha8Rng, rows: &[Row], days: &[NaiveDate]) -> Vec<Normalized> {
    let mut normalized = Vec::new();
    for row in rows {
        for (source, share) in [("tdx", 2), ("tushare", 10)] {
            if !rng.random_ratio(1, share) {
                let amount = row.amount + f64::from(u8::from(source == "tdx"));
                let raw_id = rng.random_range(1..500);
                normalized.push(Normalized { row: Row { amount, ..row.clone() }, source, raw_id });
            }
        }
    }
    for nth in 0..days.len() / 7 {
        let row = Row {
            code: code(UNSERVED),
            date: days[nth * 7],
            prices: [1.0, 2.0, 0.5, 1.5],
            volume: 100,
            amount: f64::NAN,
            factor: f64::NAN,
            source: "yahoo",
            basis: FactorBasis::FirstBar,
        };
        normalized.push(Normalized { row: row.clone(), source: "yahoo", raw_id: 3 });
        // A day of the suspended code that nobody serves.
        normalized.push(Normalized { row: Row { code: code(SUSPENDED), ..row }, source: "yahoo", raw_id: 4 });
    }
    normalized.sort_by_key(|normalized| (normalized.row.code, normalized.row.date));
    normalized
}

fn insert(conn: &Connection, rows: &[Normalized]) {
    let mut appender = conn.appender("normalized_daily").unwrap();
    let mut duplicate = true;
    for Normalized { row, source, raw_id } in rows {
        let [open, high, low, close] = row.prices;
        let (factor, amount) = (some(row.factor), some(row.amount));
        let twice = std::mem::take(&mut duplicate) && row.code == code(DUPLICATED);
        duplicate |= row.code < code(DUPLICATED);
        for raw_row in 0..if twice { 2 } else { 1 } {
            appender
                .append_row(duckdb::params![
                    row.code.as_str(),
                    row.date,
                    open,
                    high,
                    low,
                    close,
                    Some(close - 0.5),
                    row.volume,
                    amount,
                    factor,
                    *source,
                    raw_id,
                    raw_row,
                    crate::fixture::now().naive_utc()
                ])
                .unwrap();
        }
    }
    appender.flush().unwrap();
}

fn some(number: f64) -> Option<f64> {
    (!number.is_nan()).then_some(number)
}

fn insert_limits(conn: &Connection, days: &[NaiveDate], up: f64) {
    let of_day = |day| {
        format!(
            "('000001.SZ', DATE '{day}', {up}, 1, 'tushare', 1, 0, TIMESTAMP '2024-01-01'),
             ('000001.SZ', DATE '{day}', 5, 1, 'aaa', 1, 0, TIMESTAMP '2024-01-01'),
             ('{UNSERVED}', DATE '{day}', 99999.99, NULL, 'tushare', 1, 0, TIMESTAMP '2024-01-01')"
        )
    };
    insert_values(conn, "price_limit", days.iter().map(of_day));
}

fn insert_suspensions(conn: &Connection, days: &[NaiveDate]) {
    let of_day = |day| {
        format!(
            "('{SUSPENDED}', DATE '{day}', 'suspended', NULL, 'tushare', 1, 0, TIMESTAMP '2024-01-01'),
             ('000001.SZ', DATE '{day}', 'suspended', '09:30-10:00', 'tushare', 1, 0, TIMESTAMP '2024-01-01')"
        )
    };
    insert_values(conn, "suspension", days.iter().map(of_day));
}

fn insert_values(conn: &Connection, table: &str, values: impl Iterator<Item = String>) {
    conn.execute_batch(&format!("INSERT INTO {table} VALUES {}", values.collect::<Vec<_>>().join(", "))).unwrap();
}

fn insert_reference(conn: &Connection, days: &[NaiveDate], in_base: usize) {
    let at = "1, 0, TIMESTAMP '2024-01-01'";
    let (ex_date, day) = (days[20], days[110]);
    conn.execute_batch(&format!(
        "INSERT INTO instrument VALUES
             ('000001.SZ', 'a_share', 'SZSE', 'main', 'Bank', 'listed', DATE '1991-04-03', NULL, NULL, 'tushare', {at}),
             ('600000.SH', 'a_share', 'SSE', 'main', 'Gone', 'delisted', DATE '1999-11-10', DATE '{day}', NULL, 'tushare', {at}),
             ('0700.HK', 'foreign', 'HKEX', NULL, 'Tencent', 'listed', NULL, NULL, NULL, 'yahoo', {at}),
             ('{EMPTY}', 'a_share', 'SSE', 'main', 'No bar yet', 'listed', DATE '{day}', NULL, NULL, 'tushare', {at});
         INSERT INTO corporate_action VALUES
             ('000001.SZ', DATE '{day}', NULL, 1, 0, 0, 0, 'tushare', {at}),
             ('000001.SZ', DATE '{ex_date}', DATE '{ex_date}', 2, 5, NULL, 0, 'tushare', {at}),
             ('000001.SZ', DATE '{ex_date}', NULL, 2, 5, 0, 0, 'akshare', {at}),
             ('{EMPTY}', DATE '{day}', NULL, 9, 0, 0, 0, 'akshare', {at});
         INSERT INTO instrument_name VALUES
             ('000001.SZ', DATE '{ex_date}', NULL, 'ST Bank', true, 'tushare', {at}),
             ('000001.SZ', DATE '1991-04-03', DATE '{ex_date}', 'Bank', false, 'tushare', {at}),
             ('000001.SZ', DATE '1990-01-01', NULL, 'Somebody else''s word', false, 'aaa', {at}),
             ('600000.SH', DATE '1999-11-10', NULL, '退市银行', false, 'tushare', {at});"
    ))
    .unwrap();
    let of_day = |day| format!("('SSE', DATE '{day}', true, NULL, 'tushare', {at})");
    insert_values(conn, "trading_calendar", days.iter().map(of_day));
    let of_day = |(nth, day)| {
        let (state, reason) = match nth {
            100..110 => ("withheld", "'too few'"),
            _ if nth < in_base / 2 => ("complete", "'backfilled'"),
            _ => ("complete", "NULL"),
        };
        format!("('daily', DATE '{day}', 'tushare', 9, 9, '{state}', {reason}, TIMESTAMP '2024-01-01')")
    };
    insert_values(conn, "partition", days.iter().enumerate().map(of_day));
}
