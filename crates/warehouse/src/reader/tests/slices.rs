//! The series file, memory and DuckDB must give the same bars.

use chrono::NaiveDate;
use market_model::Code;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::named_bars;
use crate::{
    Reader, ReaderOptions, SeriesState,
    fixture::{Fixture, all_bars, code, date, random_rows, reader_options, weekdays},
};

fn codes() -> Vec<Code> {
    (0..12).map(|n| code(&format!("{:06}.SZ", n * 7 + 1))).collect()
}

/// A base of 300 days and a tail that corrects some of them and adds more.
fn published() -> (Fixture, Vec<NaiveDate>) {
    let days = weekdays(date("2024-06-03"), 330);
    let fixture = Fixture::new();
    fixture.build_base(3, &random_rows(11, &codes(), &days[..300]));
    let mut tail = random_rows(12, &codes()[..9], &days[290..]);
    tail.extend(random_rows(13, &codes()[..2], &days[50..53]));
    tail.extend(random_rows(14, &[code("600000.SH")], &days[320..]));
    fixture.commit(&tail);
    fixture.publish();
    (fixture, days)
}

#[test]
fn the_series_file_equals_duckdb_on_random_slices() {
    let (fixture, days) = published();
    let fast = fixture.reader().current().unwrap();
    assert_eq!(fast.series_state(), SeriesState::Mapped);
    // Without its series file, and with a tail that counts as too large, a generation reads everything through DuckDB.
    std::fs::remove_file(fixture.published().join("base-3.series")).unwrap();
    let options = ReaderOptions { tail_rows_max: 0, ..reader_options() };
    let slow = Reader::open(fixture.published(), options).unwrap().current().unwrap();
    assert!(matches!(slow.series_state(), SeriesState::Degraded { .. }));
    assert_eq!(fast.codes_with_bars(), slow.codes_with_bars());

    let mut codes = codes();
    codes.extend([code("600000.SH"), code("999999.SH")]);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut rows = 0;
    for _ in 0..150 {
        let code = codes[rng.random_range(0..codes.len())];
        let (a, b) = (rng.random_range(0..days.len()), rng.random_range(0..days.len()));
        let bars = named_bars(&fast, &code, days[a], days[b]);
        assert!(bars == named_bars(&slow, &code, days[a], days[b]), "{code} {} {}", days[a], days[b]);
        assert!(bars.is_sorted_by(|a, b| a.0.date < b.0.date));
        let dates: Vec<_> = bars.iter().map(|(bar, _)| bar.date).collect();
        assert_eq!(fast.store.dates(&code, days[a], days[b]).unwrap(), dates);
        assert_eq!(slow.store.dates(&code, days[a], days[b]).unwrap(), dates);
        assert!(a <= b || bars.is_empty());
        rows += bars.len();
    }
    assert!(rows > 3_000, "{rows}");
    for code in &codes {
        assert_eq!(fast.anchor(code), slow.anchor(code), "{code}");
        let last = all_bars(&fast, code).last().map(|bar| (bar.date, bar.factor));
        assert_eq!(fast.anchor(code).map(|anchor| (anchor.date, anchor.factor)), last, "{code}");
        assert_eq!(fast.knows(code), slow.knows(code));
    }
}

#[test]
fn bars_are_appended_to_what_the_caller_has() {
    let (fixture, days) = published();
    let generation = fixture.reader().current().unwrap();
    let code = codes()[0];
    let mut bars = Vec::new();
    generation.bars(&code, days[0], days[99], &mut bars).unwrap();
    let first = bars.len();
    // This range has days that the tail corrects: merging must leave alone what was there before.
    generation.bars(&code, days[0], days[99], &mut bars).unwrap();
    assert_eq!(bars.len(), 2 * first);
    assert_eq!(bars[..first], bars[first..]);
}

#[test]
fn a_range_outside_of_history_is_empty_however_wide() {
    let (fixture, days) = published();
    let generation = fixture.reader().current().unwrap();
    let code = codes()[0];
    assert!(named_bars(&generation, &code, NaiveDate::MIN, days[0].pred_opt().unwrap()).is_empty());
    assert!(named_bars(&generation, &code, days[329].succ_opt().unwrap(), NaiveDate::MAX).is_empty());
    assert!(named_bars(&generation, &code, NaiveDate::MAX, NaiveDate::MIN).is_empty());
    assert!(named_bars(&generation, &crate::fixture::code("000002.SH"), NaiveDate::MIN, NaiveDate::MAX).is_empty());
}

#[test]
fn generations_over_one_base_share_its_mapping_and_closed_ones_are_detached() {
    let (fixture, days) = published();
    let reader = fixture.reader();
    for day in 0..6 {
        fixture.commit(&random_rows(20 + day as u64, &[code("300001.SZ")], &days[day..=day]));
        fixture.publish();
        reader.refresh().unwrap();
    }
    let generation = reader.current().unwrap();
    let attached = generation.database.query(|conn, _| {
        let sql = "SELECT string_agg(database_name, ' ' ORDER BY database_name) FROM duckdb_databases() WHERE NOT internal \
                   AND database_name <> 'memory'";
        Ok(conn.query_row(sql, [], |row| row.get::<_, String>(0))?)
    });
    assert_eq!(attached.unwrap(), "base_3 tail_7", "one base, and no tail but the current one");
}
