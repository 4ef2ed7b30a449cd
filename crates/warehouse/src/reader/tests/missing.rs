//! Why days have no bar.

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use market_model::FactorBasis;

use crate::{
    Generation, Missing, MissingReason,
    fixture::{Fixture, Row, code, date, weekdays},
};
use MissingReason::{Gap, NotListed, NotYet, Suspended, Withheld};

fn row(symbol: &str, date: NaiveDate) -> Row {
    let (prices, basis) = ([10.0, 11.0, 9.0, 10.5], FactorBasis::FirstBar);
    Row { code: code(symbol), date, prices, volume: 100, amount: 1e3, factor: 1.0, source: "tushare", basis }
}

/// Twenty trading days from 2026-01-05 (calendar to 2026-02-13, a holiday on 01-14). Ingested to 01-27; 01-20 is withheld.
static PUBLISHED: LazyLock<Arc<Generation>> = LazyLock::new(|| {
    let fixture = Fixture::new();
    let holiday = date("2026-01-14");
    let weekdays = weekdays(date("2026-01-05"), 30);
    let ingested = |day: &NaiveDate| *day <= date("2026-01-27") && *day != holiday;
    fixture.tail(|conn| {
        for day in date("2026-01-05").iter_days().take(40) {
            let open = weekdays.contains(&day) && day != holiday;
            conn.execute(
                "INSERT INTO trading_calendar VALUES ('SSE', ?, ?, NULL, 'tushare', 1, 0, TIMESTAMP '2026-01-01')",
                duckdb::params![day, open],
            )
            .unwrap();
        }
        for day in weekdays.iter().filter(|day| ingested(day)) {
            let state = if *day == date("2026-01-20") { "withheld" } else { "complete" };
            conn.execute(
                "INSERT INTO partition VALUES ('daily', ?, 'tushare', 100, 60, ?, 'too few', TIMESTAMP '2026-01-01')",
                duckdb::params![day, state],
            )
            .unwrap();
        }
        conn.execute_batch(
            "INSERT INTO suspension VALUES
               ('600519.SH', DATE '2026-01-08', 'suspended', NULL, 'tushare', 1, 0, TIMESTAMP '2026-01-01'),
               ('600519.SH', DATE '2026-01-09', 'suspended', NULL, 'tushare', 1, 0, TIMESTAMP '2026-01-01'),
               ('600519.SH', DATE '2026-01-12', 'suspended', '09:30-10:00', 'tushare', 1, 0, TIMESTAMP '2026-01-01'),
               ('600519.SH', DATE '2026-01-13', 'resumed', NULL, 'tushare', 1, 0, TIMESTAMP '2026-01-01');
             INSERT INTO instrument VALUES
               ('600519.SH', 'a_share', 'SSE', 'main', 'A', 'listed', DATE '2001-08-27', NULL, NULL, 't', 1, 0, TIMESTAMP '2026-01-01'),
               ('000001.SZ', 'a_share', 'SZSE', 'main', 'B', 'listed', DATE '1991-04-03', NULL, NULL, 't', 1, 0, TIMESTAMP '2026-01-01'),
               ('000001.SH', 'index', 'SSE', NULL, 'C', 'listed', DATE '1991-07-15', NULL, NULL, 't', 1, 0, TIMESTAMP '2026-01-01'),
               ('301999.SZ', 'a_share', 'SZSE', 'chinext', 'D', 'listed', DATE '2026-01-07', DATE '2026-01-22', NULL, 't', 1, 0, TIMESTAMP '2026-01-01'),
               ('920799.BJ', 'a_share', 'BSE', 'bse', 'E', 'listed', NULL, NULL, '830799.BJ', 't', 1, 0, TIMESTAMP '2026-01-01');
             INSERT INTO quality_log (id, check_name, code, trade_date, severity, message, found_at, closed_at) VALUES
               ('1', 'source_seam', '301999.SZ', DATE '2026-01-08', 'error', 'm', TIMESTAMP '2026-01-30', NULL),
               ('2', 'source_seam', '301999.SZ', DATE '2026-01-09', 'error', 'm', TIMESTAMP '2026-01-30', NULL),
               ('3', 'source_seam', '301999.SZ', DATE '2026-01-12', 'error', 'm', TIMESTAMP '2026-01-29', TIMESTAMP '2026-01-30'),
               ('4', 'factor_disagrees', '301999.SZ', DATE '2026-01-13', 'warning', 'm', TIMESTAMP '2026-01-30', NULL)",
        )
        .unwrap();
    });
    let traded = weekdays.iter().filter(|day| ingested(day) && **day != date("2026-01-20"));
    let mut rows = Vec::new();
    for day in traded {
        rows.push(row("000001.SZ", *day));
        if !["2026-01-08", "2026-01-09", "2026-01-12", "2026-01-16"].map(date).contains(day) {
            rows.push(row("600519.SH", *day));
        }
        if *day >= date("2026-01-21") {
            rows.push(row("920799.BJ", *day));
        }
    }
    fixture.commit(&rows);
    fixture.publish();
    fixture.reader().current().unwrap()
});

/// The runs of `symbol` from 2026-`from` to 2026-`to` as `(from, to, days, reason)`.
fn check(symbol: &str, from: &str, to: &str, expected: &[(&str, &str, u32, MissingReason)]) {
    let year = |day: &str| date(&format!("2026-{day}"));
    let missing = PUBLISHED.missing(&code(symbol), year(from), year(to)).unwrap();
    let expected: Vec<_> = expected
        .iter()
        .map(|&(from, to, days, reason)| Missing { from: year(from), to: year(to), days, reason })
        .collect();
    assert_eq!(missing, expected, "{symbol} {from} {to}");
}

#[test]
fn a_healthy_code_misses_nothing_but_what_is_withheld_or_to_come() {
    check("000001.SZ", "01-05", "01-19", &[]);
    check("000001.SZ", "01-05", "01-30", &[("01-20", "01-20", 1, Withheld), ("01-28", "01-30", 3, NotYet)]);
}

#[test]
fn weekends_holidays_and_reversed_ranges_miss_nothing() {
    check("000001.SZ", "01-10", "01-11", &[]);
    check("000001.SZ", "01-14", "01-14", &[]);
    check("000001.SZ", "01-19", "01-05", &[]);
}

#[test]
fn whole_day_halts_are_told_from_halts_of_minutes_and_from_gaps() {
    let expected = [
        ("01-08", "01-09", 2, Suspended),
        ("01-12", "01-12", 1, Gap),
        ("01-16", "01-16", 1, Gap),
        ("01-20", "01-20", 1, Withheld),
    ];
    check("600519.SH", "01-05", "01-27", &expected);
}

#[test]
fn days_before_listing_are_not_listed_and_bars_that_do_not_continue_the_series_are_held_back() {
    let expected = [
        ("01-05", "01-06", 2, NotListed),
        ("01-07", "01-07", 1, Gap),
        ("01-08", "01-09", 2, Withheld),
        ("01-12", "01-19", 5, Gap),
        ("01-20", "01-20", 1, Withheld),
        ("01-21", "01-21", 1, Gap),
        ("01-22", "01-29", 6, NotListed),
    ];
    check("301999.SZ", "01-05", "01-29", &expected);
}

#[test]
fn an_unknown_code_is_not_listed_and_a_bar_stands_in_for_an_unknown_listing_day() {
    check("688000.SH", "01-19", "01-21", &[("01-19", "01-21", 3, NotListed)]);
    let expected = [("01-19", "01-20", 2, NotListed), ("01-28", "01-28", 1, NotYet)];
    check("920799.BJ", "01-19", "01-28", &expected);
}

#[test]
fn beyond_the_calendar_days_are_counted_as_they_come() {
    check("000001.SZ", "02-13", "02-20", &[("02-13", "02-20", 8, NotYet)]);
    check("000001.SZ", "02-16", "02-17", &[("02-16", "02-17", 2, NotYet)]);
    check("000001.SZ", "01-01", "01-05", &[("01-01", "01-04", 4, Gap)]);
    check("301999.SZ", "01-01", "01-05", &[("01-01", "01-05", 5, NotListed)]);
}

#[test]
fn a_bare_symbol_has_a_candidate_per_exchange() {
    let generation = &*PUBLISHED;
    let codes: Vec<_> = generation.candidates("000001").iter().map(|found| found.code.to_string()).collect();
    assert_eq!(codes, ["000001.SH", "000001.SZ"]);
    assert!(generation.candidates("123456").is_empty() && generation.candidates("no such").is_empty());
    let renamed = generation.instrument(&code("920799.BJ")).unwrap();
    assert_eq!(renamed.renamed_from, Some(code("830799.BJ")));
    assert!(generation.knows(&code("000001.SH")) && !generation.knows(&code("000002.SH")));
    let withheld = generation.withheld();
    assert_eq!((withheld.len(), withheld[0].trade_date, withheld[0].present), (1, date("2026-01-20"), 60));
}
