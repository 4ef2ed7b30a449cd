//! A warehouse made again of a published generation, the manifest of its base and the archives: what a backup holds.

use std::{fs, path::Path};

use warehouse::{NUMBERS_SKIPPED, Writer, complete_restored, hold_current, raw_archives, verify, verify_archives};

use crate::market::{Market, minute, options, writer};

/// Copies what a backup takes of `from`, while its writer goes on; `meanwhile` happens between generation and archives.
fn back_up(from: &Path, to: &Path, meanwhile: impl FnOnce()) -> u64 {
    let held = hold_current(&from.join("published")).unwrap().unwrap();
    meanwhile();
    fs::create_dir_all(to.join("published")).unwrap();
    let manifest = &held.manifest;
    for file in manifest.files() {
        fs::copy(from.join("published").join(&file.name), to.join("published").join(&file.name)).unwrap();
    }
    let name = format!("gen-{:06}.json", manifest.generation);
    fs::copy(from.join("published").join(&name), to.join("published").join(&name)).unwrap();
    let base = manifest.base.as_ref().unwrap().number;
    fs::copy(from.join(format!("base-{base}.json")), to.join(format!("base-{base}.json"))).unwrap();
    for archive in raw_archives(from).unwrap() {
        assert!(!archive.is_being_written);
        fs::copy(&archive.path, to.join(archive.path.file_name().unwrap())).unwrap();
    }
    manifest.generation
}

/// Ten days in a base, one in the tail, published.
fn published(root: &Path, market: &Market) -> Writer {
    let mut writer = writer(root);
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for day in 0..10 {
        writer.commit(market.day_batch(day, minute(1)), minute(1)).unwrap();
    }
    writer.compact(minute(2)).unwrap();
    writer.commit(market.day_batch(10, minute(3)), minute(3)).unwrap();
    writer.publish(minute(4)).unwrap();
    writer
}

#[test]
fn a_restored_warehouse_takes_the_next_day_as_the_lost_one_would_have() {
    let (primary, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let market = Market::generate(21, 8, 14);
    let mut writer = published(primary.path(), &market);
    let generation = back_up(primary.path(), restored.path(), || ());
    complete_restored(restored.path(), generation).unwrap();
    // Killed at the end, it is done again.
    complete_restored(restored.path(), generation).unwrap();
    assert!(verify(&restored.path().join("published"), None).unwrap().is_whole());
    assert_eq!(verify_archives(restored.path()).unwrap(), Vec::<String>::new());

    let mut again = Writer::open(restored.path(), options()).unwrap();
    for writer in [&mut writer, &mut again] {
        writer.commit(market.day_batch(11, minute(5)), minute(5)).unwrap();
    }
    let (there, here) = (writer.publish(minute(6)).unwrap(), again.publish(minute(6)).unwrap());
    assert_eq!(here.logical_hash, there.logical_hash);
    assert_eq!(here.generation, generation + NUMBERS_SKIPPED + 1, "no number that the lost host may have used");
    for writer in [&mut writer, &mut again] {
        writer.compact(minute(7)).unwrap();
    }
    assert_eq!(again.logical_sums().unwrap(), writer.logical_sums().unwrap());
}

#[test]
fn archives_that_are_newer_than_the_generation_are_put_right() {
    let (primary, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let market = Market::generate(21, 8, 14);
    let mut writer = published(primary.path(), &market);
    let generation = back_up(primary.path(), restored.path(), || {
        writer.commit(market.day_batch(11, minute(5)), minute(5)).unwrap();
        writer.compact(minute(6)).unwrap();
        writer.publish(minute(6)).unwrap();
    });
    complete_restored(restored.path(), generation).unwrap();
    let mut again = Writer::open(restored.path(), options()).unwrap();
    again.commit(market.day_batch(12, minute(7)), minute(7)).unwrap();
    again.compact(minute(8)).unwrap();
    again.publish(minute(8)).unwrap();
    drop(again);
    let archive = duckdb::Connection::open(restored.path().join("raw-2027.duckdb")).unwrap();
    let mut statement = archive.prepare("SELECT count(*), count(DISTINCT id) FROM raw_tushare_daily").unwrap();
    let counts: (i64, i64) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(counts, (12, 12), "eleven days, without the one that the backup does not have, and the next one");
}

#[test]
fn a_damaged_archive_is_named() {
    let root = tempfile::tempdir().unwrap();
    drop(published(root.path(), &Market::generate(21, 8, 14)));
    let archive = raw_archives(root.path()).unwrap().remove(0).path;
    assert_eq!(verify_archives(root.path()).unwrap(), Vec::<String>::new());
    let whole = fs::read(&archive).unwrap();
    let mut flipped = whole.clone();
    // Not the three headers at the beginning; blocks that hold nothing have no checksum that is looked at.
    flipped[12_288..].iter_mut().step_by(4_096).for_each(|byte| *byte ^= 0x5a);
    fs::write(&archive, flipped).unwrap();
    let problems = verify_archives(root.path()).unwrap();
    assert!(problems.iter().any(|problem| problem.contains("raw-2027.duckdb")), "{problems:?}");
    fs::write(&archive, &whole[..whole.len() / 2]).unwrap();
    let problems = verify_archives(root.path()).unwrap();
    assert!(problems.iter().any(|problem| problem.contains("raw-2027.duckdb")), "{problems:?}");
}
