//! Opening: one writer, clear refusals, nothing left over.

use std::{fs, path::Path};

use warehouse::{WarehouseError, Writer};

use crate::market::{Market, minute, options, writer};

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = writer(folder.path());
    let second = Writer::open(folder.path(), options());
    assert!(matches!(&second, Err(WarehouseError::Locked { file }) if file.ends_with("writer.lock")), "{second:?}");
    drop(first);
    writer(folder.path());
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tail.duckdb"), vec![7; 9_000]).unwrap();
    let result = Writer::open(folder.path(), options());
    assert!(
        matches!(&result, Err(WarehouseError::Damaged { file, .. }) if file.ends_with("tail.duckdb")),
        "{result:?}"
    );
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(writer(folder.path()));
    let conn = duckdb::Connection::open(folder.path().join("tail.duckdb")).unwrap();
    conn.execute_batch("UPDATE meta SET value = '99' WHERE key = 'schema_version'; CHECKPOINT").unwrap();
    drop(conn);
    let before = fs::read(folder.path().join("tail.duckdb")).unwrap();
    let result = Writer::open(folder.path(), options());
    assert!(matches!(result, Err(WarehouseError::SchemaTooNew { found: 99, .. })), "{result:?}");
    assert!(fs::read(folder.path().join("tail.duckdb")).unwrap() == before);
}

#[test]
fn what_a_crash_left_unfinished_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    drop(writer(folder.path()));
    let leftovers = ["base-1.duckdb.tmp", "base-1.duckdb", "base-1.series", "base-1.json", "tail-next.duckdb.tmp"];
    for name in leftovers {
        fs::write(folder.path().join(name), "half").unwrap();
    }
    fs::create_dir(folder.path().join("spill")).unwrap();
    writer(folder.path());
    for name in leftovers.iter().chain(&["spill"]) {
        assert!(!Path::exists(&folder.path().join(name)), "{name}");
    }
}

#[test]
fn what_was_committed_is_there_after_closing_without_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(1, 4, 4);
    let mut first = writer(folder.path());
    first.commit(market.reference(minute(0)), minute(0)).unwrap();
    first.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    let sums = first.logical_sums().unwrap();
    first.reopen().unwrap();
    assert_eq!(first.logical_sums().unwrap(), sums);
    drop(first);
    assert_eq!(writer(folder.path()).logical_sums().unwrap(), sums);
}
