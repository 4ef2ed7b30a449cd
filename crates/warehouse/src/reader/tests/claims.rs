//! Fundamentals: claims side by side, what an as-of day hides, what the valuation figures imply.

use std::os::unix::fs::PermissionsExt;

use chrono::NaiveDate;
use duckdb::Connection;

use crate::{
    Claim, Claims, Generation, Manifest,
    fixture::{Fixture, Row, code, date},
    layout,
    manifest::{FileRef, combined_hash},
    verify,
};

const MOUTAI: &str = "600519.SH";
const QUARTER: &str = "2025-09-30";

/// Two sources, a restatement, a claim without a date, another quarter, another code; valuations in base and tail.
fn published() -> Fixture {
    let fixture = Fixture::new();
    fixture.build_base(1, &[]);
    fixture.tail(|conn| {
        conn.execute_batch(
            "INSERT INTO fundamental_claim VALUES
               ('600519.SH', DATE '2025-09-30', 'eps', 51.53, 'yuan_per_share', DATE '2025-10-30', 'tushare', 4, 0, TIMESTAMP '2025-10-30 11:00:00'),
               ('600519.SH', DATE '2025-09-30', 'eps', 51.50, 'yuan_per_share', DATE '2026-03-28', 'tushare', 9, 0, TIMESTAMP '2026-03-28 11:00:00'),
               ('600519.SH', DATE '2025-09-30', 'eps', 51.53, 'yuan_per_share', NULL, 'tdx', 5, 0, TIMESTAMP '2025-11-01 11:00:00'),
               ('600519.SH', DATE '2025-09-30', 'happiness', 7, 'ratio', DATE '2025-10-30', 'tushare', 4, 0, TIMESTAMP '2025-10-30 11:00:00'),
               ('600519.SH', DATE '2025-09-30', 'net_profit', NULL, 'yuan', DATE '2025-10-30', 'tushare', 4, 0, TIMESTAMP '2025-10-30 11:00:00'),
               ('600519.SH', DATE '2025-06-30', 'eps', 36.18, 'yuan_per_share', DATE '2025-08-13', 'tushare', 2, 0, TIMESTAMP '2025-08-13 11:00:00'),
               ('000001.SZ', DATE '2025-09-30', 'eps', 1.87, 'yuan_per_share', DATE '2025-10-25', 'tushare', 3, 0, TIMESTAMP '2025-10-25 11:00:00')",
        )
        .unwrap();
        for (day, source, pe) in [
            ("2025-06-30", "tushare", 21.0),
            ("2025-09-29", "tushare", 22.0),
            ("2025-09-30", "tushare", 23.0),
            ("2025-10-09", "tushare", 24.0),
        ] {
            conn.execute_batch(&format!(
                "INSERT INTO normalized_daily_basic BY NAME SELECT '600519.SH' AS code, DATE '{day}' AS trade_date,
                     {pe} AS pe_ttm, 1.25e9 AS total_shares, '{source}' AS source, 8 AS raw_id, 3 AS raw_row,
                     TIMESTAMP '{day} 10:00:00' AS ingested_at"
            ))
            .unwrap();
        }
    });
    // A bar after the quarter: its last close is in.
    fixture.commit(&[bar("2025-10-09")]);
    fixture.publish();
    fixture
}

fn bar(day: &str) -> Row {
    Row {
        code: code(MOUTAI),
        date: date(day),
        prices: [1.0, 2.0, 1.0, 1.5],
        volume: 100,
        amount: 150.0,
        factor: 1.0,
        source: "tushare",
        basis: market_model::FactorBasis::Listing,
    }
}

fn claims(generation: &Generation, period: &str, as_of: Option<&str>) -> Claims {
    generation.fundamentals(&code(MOUTAI), date(period), as_of.map(date)).unwrap()
}

/// `metric source value announced superseded`, one per claim.
fn shown(claims: &[Claim]) -> Vec<String> {
    let announced = |day: Option<NaiveDate>| day.map_or("-".to_owned(), |day| day.to_string());
    let mark = |claim: &Claim| if claim.superseded { " superseded" } else { "" };
    claims
        .iter()
        .map(|claim| {
            let Claim { metric, source, value, .. } = claim;
            format!("{metric} {source} {value} {}{}", announced(claim.announced), mark(claim))
        })
        .collect()
}

#[test]
fn claims_of_every_source_stand_side_by_side_restatements_newest_first() {
    let generation = published().reader().current().unwrap();
    let found = claims(&generation, QUARTER, None);
    assert_eq!(
        shown(&found.claims),
        [
            "eps tdx 51.53 -",
            "eps tushare 51.5 2026-03-28",
            "eps tushare 51.53 2025-10-30 superseded",
            "total_shares tushare 1250000000 2025-09-30",
            "pe_ttm tushare 23 2025-09-30",
            "happiness tushare 7 2025-10-30",
        ]
    );
    assert!(found.hidden.is_empty());
    let valuation = found.claims.iter().find(|claim| claim.metric == "pe_ttm").unwrap();
    assert_eq!((valuation.unit.as_str(), valuation.raw_id), ("ratio", Some(8)));
    assert_eq!(valuation.ingested_at.to_rfc3339(), "2025-09-30T10:00:00+00:00");
}

#[test]
fn an_as_of_day_hides_what_was_not_announced_and_what_nobody_dates() {
    let generation = published().reader().current().unwrap();
    let found = claims(&generation, QUARTER, Some("2025-11-15"));
    assert_eq!(
        shown(&found.claims),
        [
            "eps tushare 51.53 2025-10-30",
            "total_shares tushare 1250000000 2025-09-30",
            "pe_ttm tushare 23 2025-09-30",
            "happiness tushare 7 2025-10-30",
        ]
    );
    let mut hidden = shown(&found.hidden);
    hidden.sort();
    assert_eq!(hidden, ["eps tdx 51.53 -", "eps tushare 51.5 2026-03-28"]);
    let eve = claims(&generation, QUARTER, Some("2025-09-29"));
    assert!(eve.claims.is_empty(), "{:?}", eve.claims);
    assert_eq!(eve.hidden.len(), 6);
}

#[test]
fn valuation_figures_are_those_of_the_quarters_own_last_close() {
    let fixture = published();
    let generation = fixture.reader().current().unwrap();
    assert_eq!(
        shown(&claims(&generation, "2025-06-30", None).claims),
        ["eps tushare 36.18 2025-08-13", "total_shares tushare 1250000000 2025-06-30", "pe_ttm tushare 21 2025-06-30"]
    );
    // The last close of the year is not in: a day of October must not pass for it.
    assert_eq!(shown(&claims(&generation, "2025-12-31", None).claims), [] as [&str; 0]);
    fixture.commit(&[bar("2026-01-05")]);
    fixture.publish();
    let later = fixture.reader().current().unwrap();
    assert_eq!(
        shown(&claims(&later, "2025-12-31", None).claims),
        ["total_shares tushare 1250000000 2025-10-09", "pe_ttm tushare 24 2025-10-09"]
    );
}

#[test]
fn a_vendors_own_claim_counts_more_than_what_a_days_figures_imply() {
    let fixture = published();
    fixture.tail(|conn| {
        conn.execute_batch(
            "INSERT INTO fundamental_claim VALUES ('600519.SH', DATE '2025-09-30', 'total_shares', 1.2523e9, 'shares',
                 DATE '2025-10-30', 'tushare', 4, 0, TIMESTAMP '2025-10-30 11:00:00')",
        )
        .unwrap();
    });
    fixture.commit(&[bar("2025-10-10")]);
    fixture.publish();
    let generation = fixture.reader().current().unwrap();
    let shares: Vec<_> = shown(&claims(&generation, QUARTER, None).claims)
        .into_iter()
        .filter(|claim| claim.starts_with("total_shares"))
        .collect();
    assert_eq!(shares, ["total_shares tushare 1252300000 2025-10-30"]);
}

/// Makes the current generation what a program before the second schema would have published.
fn age(fixture: &Fixture) {
    let published = fixture.published();
    let name = layout::manifest_file(1);
    let mut manifest = Manifest::read(&published.join(&name)).unwrap();
    let tail = published.join(&manifest.tail.name);
    let mut permissions = std::fs::metadata(&tail).unwrap().permissions();
    permissions.set_mode(0o644);
    std::fs::set_permissions(&tail, permissions).unwrap();
    let conn = Connection::open(&tail).unwrap();
    conn.execute_batch(
        "DROP TABLE fundamental_claim; DROP TABLE macro_observation;
         UPDATE meta SET value = '1' WHERE key = 'schema_version'; CHECKPOINT",
    )
    .unwrap();
    conn.close().map_err(|(_, error)| error).unwrap();
    manifest.schema_version = 1;
    manifest.tail = FileRef::of(&tail).unwrap();
    manifest.tables.retain(|name, _| !["fundamental_claim", "macro_observation"].contains(&name.as_str()));
    manifest.logical_hash = combined_hash(&manifest.tables);
    manifest.write(&published).unwrap();
}

#[test]
fn a_generation_of_an_older_program_is_read_and_verified_without_what_it_lacks() {
    let fixture = published();
    age(&fixture);
    let generation = fixture.reader().current().unwrap();
    assert_eq!(generation.manifest().schema_version, 1);
    assert_eq!(
        shown(&claims(&generation, QUARTER, None).claims),
        ["total_shares tushare 1250000000 2025-09-30", "pe_ttm tushare 23 2025-09-30"]
    );
    assert!(generation.macro_series().unwrap().is_empty());
    assert!(generation.macro_observations("x", date("2025-01-01"), date("2025-12-31"), None).unwrap().rows.is_empty());
    let report = verify(&fixture.published(), None).unwrap();
    assert!(report.is_whole(), "{:?}", report.problems);
    // Its bytes are proven all the same.
    let tail = fixture.published().join(&report.manifest.tail.name);
    let mut bytes = std::fs::read(&tail).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&tail, bytes).unwrap();
    assert!(!verify(&fixture.published(), None).unwrap().is_whole());
}
