//! Codes without the mainland's calendar: an index, a fund, anything abroad.

use chrono::NaiveDate;
use market_model::FactorBasis;

use crate::{
    Missing, MissingReason,
    fixture::{Fixture, Row, code, date},
    known_volume,
};
use MissingReason::{Gap, NotListed, NotYet};

fn row(symbol: &str, day: &str) -> Row {
    Row {
        code: code(symbol),
        date: date(day),
        prices: [1.0, 2.0, 1.0, 1.5],
        volume: 0,
        amount: f64::NAN,
        factor: 1.0,
        source: "yahoo",
        basis: FactorBasis::FirstBar,
    }
}

/// The mainland trades on every day of January 2026 and has every day ingested; abroad there are bars on the 6th and the 9th.
fn published() -> Fixture {
    let fixture = Fixture::new();
    fixture.tail(|conn| {
        for day in date("2026-01-01").iter_days().take(31) {
            conn.execute_batch(&format!(
                "INSERT INTO trading_calendar VALUES ('SSE', DATE '{day}', true, NULL, 'tushare', 1, 0, TIMESTAMP '2026-01-01');
                 INSERT INTO partition VALUES ('daily', DATE '{day}', 'tushare', 100, 100, 'complete', NULL, TIMESTAMP '2026-01-01')"
            ))
            .unwrap();
        }
        conn.execute_batch(
            "INSERT INTO instrument VALUES
               ('0700.HK', 'foreign', 'HKEX', NULL, '腾讯控股', 'listed', DATE '2004-06-16', NULL, NULL, 'yahoo', 1, 0, TIMESTAMP '2026-01-01'),
               ('TWTR.US', 'foreign', 'US', NULL, 'Twitter', 'delisted', DATE '2013-11-07', DATE '2026-01-08', NULL, 'yahoo', 1, 0, TIMESTAMP '2026-01-01'),
               ('AAPL.US', 'foreign', 'US', NULL, 'Apple', 'listed', NULL, NULL, NULL, 'yahoo', 1, 0, TIMESTAMP '2026-01-01')",
        )
        .unwrap();
    });
    let bars =
        ["0700.HK", "TWTR.US", "GSPC.IDX", "000300.SH"].map(|code| [row(code, "2026-01-06"), row(code, "2026-01-09")]);
    fixture.commit(bars.as_flattened());
    fixture.publish();
    fixture
}

#[test]
fn only_days_outside_the_listing_are_missing_and_what_is_not_ingested_yet() {
    let generation = published().reader().current().unwrap();
    let run = |from: NaiveDate, to: NaiveDate, reason| Missing {
        from,
        to,
        days: u32::try_from((to - from).num_days() + 1).unwrap(),
        reason,
    };
    for (symbol, from, to, expected) in [
        // Between two bars and around them nothing is said: nobody here keeps that exchange's calendar.
        ("0700.HK", "2026-01-01", "2026-01-31", vec![]),
        ("0700.HK", "2026-01-07", "2026-01-08", vec![]),
        ("0700.HK", "2026-01-10", "2026-01-31", vec![("2026-01-10", "2026-01-31", NotYet)]),
        // Listed, but its history does not reach back so far.
        ("0700.HK", "2025-12-01", "2025-12-31", vec![("2025-12-01", "2025-12-31", Gap)]),
        (
            "0700.HK",
            "2004-06-14",
            "2004-06-17",
            vec![("2004-06-14", "2004-06-15", NotListed), ("2004-06-16", "2004-06-17", Gap)],
        ),
        ("0700.HK", "2004-06-01", "2004-06-15", vec![("2004-06-01", "2004-06-15", NotListed)]),
        ("TWTR.US", "2026-01-01", "2026-01-31", vec![("2026-01-08", "2026-01-31", NotListed)]),
        ("TWTR.US", "2027-01-01", "2027-01-31", vec![("2027-01-01", "2027-01-31", NotListed)]),
        // Without a listing day the first bar proves it.
        ("GSPC.IDX", "2026-01-01", "2026-01-31", vec![("2026-01-01", "2026-01-05", NotListed)]),
        ("000300.SH", "2026-01-05", "2026-01-31", vec![("2026-01-05", "2026-01-05", NotListed)]),
        // An instrument that has no bar yet, and a code that nobody knows.
        ("AAPL.US", "2026-01-01", "2026-01-31", vec![("2026-01-01", "2026-01-31", NotYet)]),
        ("MSFT.US", "2026-01-01", "2026-01-31", vec![("2026-01-01", "2026-01-31", NotListed)]),
        ("0700.HK", "2026-01-31", "2026-01-01", vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(from, to, why)| run(date(from), date(to), why)).collect();
        let missing = generation.missing(&code(symbol), date(from), date(to)).unwrap();
        assert_eq!(missing, expected, "{symbol} {from} {to}");
    }
}

#[test]
fn a_code_with_bars_is_known_by_its_symbol_without_being_listed() {
    let generation = published().reader().current().unwrap();
    let named = |symbol: &str| generation.codes_named(symbol).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(named("GSPC"), ["GSPC.IDX"]);
    assert_eq!(named("000300"), ["000300.SH"]);
    assert_eq!(named("AAPL"), ["AAPL.US"]);
    assert!(named("MSFT").is_empty() && named("no such").is_empty());
}

#[test]
fn a_volume_of_nothing_is_a_volume_only_where_somebody_counts() {
    for (symbol, volume, known) in [
        ("USDCNY.FX", 0, None),
        ("GSPC.IDX", 0, None),
        ("GSPC.IDX", 7, Some(7)),
        ("0700.HK", 0, Some(0)),
        ("600519.SH", 0, Some(0)),
    ] {
        assert_eq!(known_volume(&code(symbol), volume), known, "{symbol}");
    }
}
