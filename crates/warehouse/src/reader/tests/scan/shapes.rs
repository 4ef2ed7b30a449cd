//! Files of older programs, and damage.

use quality_rules::Days;

use super::{Seen, assert_same, market::Market, scan};
use crate::{WarehouseError, fixture::code};

/// Takes the tables and columns of schema 3 out of the tail.
fn back_to_schema_2(market: &Market) {
    market.fixture.tail(|conn| {
        conn.execute_batch(
            "DROP TABLE instrument_name; DROP TABLE check_due; DROP TABLE check_run;
             UPDATE meta SET value = '2' WHERE key = 'schema_version'",
        )
        .unwrap();
    });
    // The writer of this program refuses to publish such a tail, so that the published one is replaced.
    let tail = market.fixture.published().join("tail-000001.duckdb");
    std::fs::copy(market.fixture.layout.tail(), &tail).unwrap();
    let manifest = market.fixture.published().join("gen-000001.json");
    let mut text: serde_json::Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    text["schema_version"] = 2.into();
    text["tail"]["size"] = std::fs::metadata(&tail).unwrap().len().into();
    std::fs::write(&manifest, text.to_string()).unwrap();
}

#[test]
fn a_generation_of_an_older_program_is_scanned_without_names() {
    let market = Market::new(51, 90);
    let new = scan(&market.generation(), Days::All, (None, None), 500);
    back_to_schema_2(&market);
    let old = scan(&market.generation(), Days::All, (None, None), 500);
    let without_names = new.iter().map(|(code, seen)| (*code, Seen { names: Vec::new(), ..seen.clone() })).collect();
    assert_same(&old, &without_names);
    assert!(!new[&code("000001.SZ")].names.is_empty());
}

#[test]
fn a_flipped_bit_in_the_series_file_changes_nothing() {
    let market = Market::new(52, 90);
    let whole = scan(&market.generation(), Days::All, (None, None), 500);
    let file = market.fixture.published().join("base-1.series");
    let mut bytes = std::fs::read(&file).unwrap();
    // Inside the block of a code.
    bytes[200] ^= 1;
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, bytes).unwrap();
    let generation = market.generation();
    let days = market.days[85..95].to_vec();
    let some = scan(&generation, Days::Only(&days), (None, None), 500);
    assert_same(&scan(&generation, Days::All, (None, None), 500), &whole);
    assert!(matches!(generation.series_state(), crate::SeriesState::Degraded { .. }));
    for (code, some) in some {
        let bars: Vec<_> = whole[&code].curated.iter().filter(|bar| days.contains(&bar.date)).collect();
        assert!(some.curated.iter().filter(|bar| days.contains(&bar.date)).eq(bars), "{code}");
    }
}

#[test]
fn a_row_of_a_malformed_code_is_an_error_and_no_panic() {
    let market = Market::new(53, 0);
    market.fixture.tail(|conn| {
        conn.execute_batch("UPDATE normalized_daily SET code = 'nonsense' WHERE code = '300750.SZ'").unwrap();
        conn.execute_batch("UPDATE meta SET value = '9' WHERE key = 'commit_seq'").unwrap();
    });
    market.fixture.publish();
    let outcome = market.generation().scan_histories(Days::All, None, &mut |_| Ok(()));
    assert!(matches!(&outcome, Err(WarehouseError::Other(why)) if why.contains("nonsense")), "{outcome:?}");
}
