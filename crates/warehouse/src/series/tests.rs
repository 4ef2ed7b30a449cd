//! The file as bytes: whatever happens to them, no wrong number comes out and nothing panics.

use std::{path::Path, sync::LazyLock};

use market_model::Code;
use proptest::prelude::*;

use super::*;
use crate::{
    Bar, WarehouseError,
    fixture::{Fixture, code, date, random_rows, weekdays},
    reader::DayTable,
};

fn codes() -> [Code; 6] {
    ["000001.SZ", "000002.SZ", "300750.SZ", "600519.SH", "688981.SH", "920799.BJ"].map(code)
}

/// A series file of six codes in each of the encodings.
static WRITTEN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let fixture = Fixture::new();
    fixture.build_base(1, &random_rows(9, &codes(), &weekdays(date("2020-01-02"), 50)));
    std::fs::read(fixture.layout.series(1)).unwrap()
});

/// What a reader gets: the bars of each code, or that they are damaged.
fn read(path: &Path, table: &DayTable) -> Result<[Option<Vec<Bar>>; 6], WarehouseError> {
    let file = SeriesFile::open(path)?;
    Ok(codes().map(|code| {
        let block = file.block(&code).ok()??;
        let mut bars = Vec::new();
        block.push_bars(block.range(i32::MIN, i32::MAX), table, &mut bars);
        Some(bars)
    }))
}

#[test]
fn no_flipped_bit_is_ever_served() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.series");
    let mut bytes = WRITTEN.clone();
    std::fs::write(&path, &bytes).unwrap();
    let table = DayTable::new();
    let expected = read(&path, &table).unwrap();
    assert!(expected.iter().all(Option::is_some));
    let mut noticed = 0;
    // An odd stride visits every bit position and every part of the file.
    for at in (0..bytes.len() * 8).step_by(331) {
        bytes[at / 8] ^= 1 << (at % 8);
        std::fs::write(&path, &bytes).unwrap();
        match read(&path, &table) {
            Err(error) => assert!(matches!(error, WarehouseError::Damaged { .. }), "{error:?}"),
            Ok(found) => {
                let wrong = found.iter().zip(&expected).any(|(found, expected)| found.is_some() && found != expected);
                assert!(!wrong, "bit {at} was served");
                assert!(found.iter().any(Option::is_none), "bit {at} was not noticed");
            }
        }
        noticed += 1;
        bytes[at / 8] ^= 1 << (at % 8);
    }
    assert!(noticed > 200, "{noticed}");
}

#[test]
fn every_encoding_occurs_in_the_sample() {
    let file = &*WRITTEN;
    let header = format::Header::decode(file).unwrap();
    let index = &file[header.index_offset as usize..];
    let entries = index.chunks_exact(format::ENTRY_BYTES).take(header.codes as usize);
    let shapes: Vec<_> = entries.map(|bytes| format::Entry::decode(bytes).unwrap().shape).collect();
    assert!(shapes.iter().any(|shape| shape.exponent == format::PLAIN_PRICES));
    assert!(shapes.iter().any(|shape| shape.exponent == 2));
    assert!(shapes.iter().any(|shape| shape.wide_volume) && shapes.iter().any(|shape| !shape.wide_volume));
    assert!(shapes.iter().any(|shape| shape.factor_runs > 1 && shape.source_runs > 1));
}

#[test]
fn an_empty_series_file_is_whole() {
    let fixture = Fixture::new();
    fixture.build_base(1, &[]);
    let file = SeriesFile::open(&fixture.layout.series(1)).unwrap();
    assert_eq!(file.codes().count(), 0);
    file.check_all().unwrap();
}

#[test]
fn rows_out_of_order_are_refused_and_leave_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let conn = duckdb::Connection::open_in_memory().unwrap();
    crate::schema::migrate(&conn).unwrap();
    let row = |code: &str, day: &str| {
        let sql = format!(
            "INSERT INTO curated_daily VALUES ('{code}', DATE '{day}', 1, 1, 1, 1, 1, 1, 1, 's', TIMESTAMP '2026-01-01', 1, 1, 1, 1, 'listing')"
        );
        conn.execute_batch(&sql).unwrap();
    };
    row("600519.SH", "2026-01-06");
    row("600519.SH", "2026-01-05");
    let path = dir.path().join("x.series");
    assert!(write_series(&conn, "curated_daily", &path).is_err());
    conn.execute_batch("DELETE FROM curated_daily").unwrap();
    row("600519.SH", "2026-01-06");
    row("000001.SZ", "2026-01-06");
    assert!(write_series(&conn, "curated_daily", &path).is_err());
    assert!(!path.exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Bytes that nobody wrote: refused, never a panic.
    #[test]
    fn rubbish_is_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), valid_magic: bool) {
        if valid_magic && bytes.len() >= 8 {
            bytes[..8].copy_from_slice(&format::MAGIC);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.series");
        std::fs::write(&path, &bytes).unwrap();
        let refused = matches!(SeriesFile::open(&path), Err(WarehouseError::Damaged { .. }));
        prop_assert!(refused);
    }

    /// An index that its own checksum vouches for but whose numbers are not those sealed with the block: refused, never a
    /// panic or a stray read.
    #[test]
    fn a_consistent_checksum_over_wrong_numbers_is_refused(at in 16_usize..56, value: u8) {
        use sha2::Digest;
        let mut bytes = WRITTEN.clone();
        let header = format::Header::decode(&bytes).unwrap();
        let index = header.index_offset as usize;
        prop_assume!(bytes[index + at] != value);
        bytes[index + at] = value;
        let index_sha256 = sha2::Sha256::digest(&bytes[index..]).into();
        let header = format::Header { index_sha256, ..header }.encode();
        bytes[..header.len()].copy_from_slice(&header);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.series");
        std::fs::write(&path, &bytes).unwrap();
        let found = read(&path, &DayTable::new());
        prop_assert!(found.is_err() || found.unwrap()[0].is_none());
    }
}
