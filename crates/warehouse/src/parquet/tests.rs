//! Exporting generations, crashing in the middle of it, and what a reader of the files may see meanwhile.

use std::{
    collections::BTreeSet,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use chrono::NaiveDate;
use duckdb::Connection;

use super::*;
use crate::{
    WarehouseError,
    fixture::{Fixture, Row, code, date, random_rows, weekdays},
    verify,
};

/// Says to the re-executed test binary where to export from and to, and at which of its steps it must die.
const CRASH_ROOT: &str = "WAREHOUSE_TEST_PARQUET_ROOT";
const CRASH_AT: &str = "WAREHOUSE_TEST_PARQUET_STEP";

/// 2025-11-03 and on: two years of the base, four months of the tail.
fn days(count: usize) -> Vec<NaiveDate> {
    weekdays(date("2025-11-03"), count)
}

fn rows(seed: u64, days: &[NaiveDate]) -> Vec<Row> {
    random_rows(seed, &["000001.SZ", "300750.SZ", "600519.SH"].map(code), days)
}

/// A base up to 2026-01, a tail after it, published once.
fn market() -> Fixture {
    let fixture = Fixture::new();
    let days = days(70);
    fixture.build_base(1, &rows(1, &days[..60]));
    fixture.commit(&rows(2, &days[60..]));
    fixture.publish();
    fixture
}

fn folder(fixture: &Fixture) -> PathBuf {
    fixture.layout.root().join("parquet")
}

fn export(fixture: &Fixture) -> ParquetExported {
    export_below(fixture.layout.root())
}

fn export_below(root: &Path) -> ParquetExported {
    // Two generations stay, so that few make a third.
    let options = ParquetOptions { keep_generations: 2, ..ParquetOptions::default() };
    export_generation(&root.join("published"), &root.join("parquet"), &options).unwrap()
}

fn current(fixture: &Fixture) -> ParquetManifest {
    current_below(fixture.layout.root())
}

fn current_below(root: &Path) -> ParquetManifest {
    ParquetManifest::current(&root.join("parquet")).unwrap().unwrap()
}

fn paths(manifest: &ParquetManifest) -> BTreeSet<String> {
    manifest.files().map(|(_, file)| file.path.clone()).collect()
}

/// The files below a folder that are Parquet, or were to be.
fn on_disk(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(entry.path()).unwrap().map(Result::unwrap) {
            found.insert(format!("{}/{}", entry.file_name().display(), file.file_name().display()));
        }
    }
    found
}

/// `code`, day and volume of every curated row in the files of the current manifest.
fn volumes(fixture: &Fixture) -> Vec<(String, NaiveDate, i64)> {
    let files = current(fixture).tables["curated_daily"].files.clone();
    let list = files.iter().map(|file| format!("'{}'", folder(fixture).join(&file.path).display()));
    let list = list.collect::<Vec<_>>().join(", ");
    let conn = Connection::open_in_memory().unwrap();
    let sql = format!("SELECT code, trade_date, volume FROM read_parquet([{list}]) ORDER BY ALL");
    let mut statement = conn.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn the_files_together_are_the_rows_of_the_generation() {
    let fixture = market();
    let exported = export(&fixture);
    let generation = verify(&fixture.published(), None).unwrap().manifest;
    let manifest = current(&fixture);
    assert_eq!((exported.generation, &manifest.logical_hash), (1, &generation.logical_hash));
    for (name, table) in &manifest.tables {
        assert_eq!(table.sum(), generation.tables[name], "{name}");
    }
    let partitions: Vec<_> =
        manifest.tables["curated_daily"].files.iter().map(|file| file.partition.as_str()).collect();
    assert_eq!(partitions, ["2025", "2026", "2026-01", "2026-02"]);
    assert!(verify_parquet(&folder(&fixture), None).unwrap().is_whole());

    let mut expected: Vec<_> = rows(1, &days(60))
        .into_iter()
        .chain(rows(2, &days(70)[60..]))
        .map(|r| (r.code.to_string(), r.date, r.volume))
        .collect();
    expected.sort();
    assert_eq!(volumes(&fixture), expected);
    assert_eq!(export(&fixture).files_written, 0, "a generation that is there is not written again");
}

#[test]
fn a_day_writes_its_month_and_nothing_of_the_base() {
    let fixture = market();
    export(&fixture);
    let before = paths(&current(&fixture));
    let day = date("2026-02-20");
    fixture.commit(&rows(3, &[day]));
    fixture.publish();
    let exported = export(&fixture);
    let after = paths(&current(&fixture));
    let new: Vec<_> = after.difference(&before).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(new[0].starts_with("curated_daily/2026-02-tail-"), "{new:?}");
    assert_eq!(exported.files_written, 1);
    assert_eq!(exported.files, after.len());
}

#[test]
fn a_correction_replaces_the_year_that_it_corrects_and_no_row_is_there_twice() {
    let fixture = market();
    export(&fixture);
    let before = paths(&current(&fixture));
    let mut corrected = rows(1, &days(60));
    corrected.retain(|row| row.date.to_string().starts_with("2025-12"));
    corrected.iter_mut().for_each(|row| row.volume = 7);
    fixture.commit(&corrected);
    fixture.publish();
    export(&fixture);
    let after = paths(&current(&fixture));
    let new: Vec<_> = after.difference(&before).cloned().collect();
    assert_eq!(new.len(), 2, "{new:?}");
    assert!(new[0].starts_with("curated_daily/2025-12-tail-"), "{new:?}");
    assert!(new[1].starts_with("curated_daily/2025-base-1-") && new[1].contains("-less-"), "{new:?}");
    let volumes = volumes(&fixture);
    let keys: BTreeSet<_> = volumes.iter().map(|(code, date, _)| (code, date)).collect();
    assert_eq!(keys.len(), volumes.len(), "no key twice");
    let sevens = volumes.iter().filter(|(_, date, volume)| date.to_string().starts_with("2025-12") && *volume == 7);
    assert_eq!(sevens.count(), corrected.len());
    assert!(verify_parquet(&folder(&fixture), None).unwrap().is_whole());

    // The same corrections and one more day: the year is not written again.
    fixture.commit(&rows(4, &[date("2026-03-02")]));
    fixture.publish();
    assert_eq!(export(&fixture).files_written, 1);
}

#[test]
fn old_generations_go_with_the_files_that_only_they_name() {
    let fixture = market();
    export(&fixture);
    for day in weekdays(date("2026-02-16"), 2) {
        fixture.commit(&rows(5, &[day]));
        fixture.publish();
        export(&fixture);
    }
    let kept: Vec<_> =
        (1..=3).filter(|number| folder(&fixture).join(crate::layout::manifest_file(*number)).exists()).collect();
    assert_eq!(kept, [2, 3]);
    let named: BTreeSet<_> = kept
        .iter()
        .flat_map(|n| paths(&ParquetManifest::read(&folder(&fixture).join(crate::layout::manifest_file(*n))).unwrap()))
        .collect();
    assert_eq!(on_disk(&folder(&fixture)), named);

    // A base that nothing names any more goes too, once a kept manifest can be read again that says so.
    fixture.build_base(2, &rows(6, &days(40)));
    std::fs::write(folder(&fixture).join(crate::layout::manifest_file(3)), "{").unwrap();
    let before = on_disk(&folder(&fixture));
    fixture.publish();
    export(&fixture);
    assert!(on_disk(&folder(&fixture)).is_superset(&before), "which files it names nobody can say");
    for _ in 0..2 {
        fixture.publish();
        export(&fixture);
    }
    assert!(!on_disk(&folder(&fixture)).iter().any(|path| path.contains("-base-1-")));
}

#[test]
fn a_lost_or_short_file_is_written_again_and_a_flipped_byte_is_named() {
    let fixture = market();
    export(&fixture);
    let files: Vec<_> = current(&fixture).files().map(|(_, file)| folder(&fixture).join(&file.path)).collect();
    std::fs::remove_file(&files[0]).unwrap();
    let bytes = std::fs::read(&files[1]).unwrap();
    std::fs::write(&files[1], &bytes[..bytes.len() - 1]).unwrap();
    let report = verify_parquet(&folder(&fixture), None).unwrap();
    for file in &files[..2] {
        let name = file.display().to_string();
        assert!(report.problems.iter().any(|problem| problem.contains(&name)), "{:?}", report.problems);
    }
    assert_eq!(export(&fixture).files_written, 2);
    assert!(verify_parquet(&folder(&fixture), None).unwrap().is_whole());

    let mut bytes = std::fs::read(&files[2]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&files[2], bytes).unwrap();
    let report = verify_parquet(&folder(&fixture), None).unwrap();
    assert!(report.problems[0].contains(&files[2].display().to_string()), "{:?}", report.problems);
}

#[test]
fn one_exports_at_a_time_and_one_that_is_stopped_goes_on_later() {
    let fixture = market();
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (root, published) = (folder(&fixture), fixture.published());
    let observer = {
        let (stop, written, root) = (stop.clone(), written.clone(), root.clone());
        move |step| {
            if step == ParquetStep::FileDescribed && written.fetch_add(1, Ordering::Relaxed) == 1 {
                let second = export_generation(&published, &root, &ParquetOptions::default());
                assert!(matches!(second, Err(WarehouseError::Locked { .. })), "{second:?}");
                stop.store(true, Ordering::Relaxed);
            }
        }
    };
    let options = ParquetOptions { stop, on_step: Some(Arc::new(observer)), ..ParquetOptions::default() };
    let stopped = export_generation(&fixture.published(), &root, &options);
    assert!(matches!(stopped, Err(WarehouseError::Unavailable(_))), "{stopped:?}");
    assert_eq!(ParquetManifest::current(&root).unwrap(), None);
    let rest = export(&fixture);
    assert_eq!(rest.files_written, rest.files - 2, "what was written stays");
}

#[test]
fn a_generation_that_is_being_exported_stays_while_others_come_and_go() {
    let fixture = market();
    let observer = {
        let (root, seq) = (fixture.layout.root().to_owned(), fixture.commit_seq());
        move |step| {
            if step == ParquetStep::FileWritten {
                let options = crate::fixture::publish_options();
                crate::publish::publish(&root, seq, options, &|_| (), crate::fixture::now()).unwrap();
            }
        }
    };
    let options = ParquetOptions { on_step: Some(Arc::new(observer)), ..ParquetOptions::default() };
    let exported = export_generation(&fixture.published(), &folder(&fixture), &options).unwrap();
    assert_eq!(exported.generation, 1);
    assert!(exported.files_written > 3, "so many were published meanwhile that it would have gone");
    assert!(fixture.published().join(crate::layout::tail_file(1)).exists());
    fixture.publish();
    assert!(!fixture.published().join(crate::layout::tail_file(1)).exists(), "it goes when nobody holds it");
}

#[test]
fn a_crash_at_any_step_leaves_the_old_generation_and_the_next_export_heals() {
    let (fixture, old) = changed();
    let copy = || {
        let copy = tempfile::tempdir().unwrap();
        copy_tree(fixture.layout.root(), copy.path());
        copy
    };
    let undisturbed = copy();
    export_below(undisturbed.path());
    let undisturbed = paths(&current_below(undisturbed.path()));
    let mut died = 0;
    loop {
        let copy = copy();
        let (root, parquet) = (copy.path(), copy.path().join("parquet"));
        if !export_in_a_process_that_dies_at(root, died) {
            break;
        }
        let seen = current_below(root);
        assert!(seen == old || seen.generation == 2, "step {died}: {}", seen.generation);
        let report = verify_parquet(&parquet, None).unwrap();
        assert!(report.is_whole(), "step {died}: {:?}", report.problems);

        export_below(root);
        let healed = paths(&current_below(root));
        assert_eq!(healed, undisturbed, "step {died}");
        assert!(verify_parquet(&parquet, None).unwrap().is_whole(), "step {died}");
        let named: BTreeSet<_> = healed.union(&paths(&old)).cloned().collect();
        assert_eq!(on_disk(&parquet), named, "step {died}: nothing unfinished is left");
        died += 1;
    }
    assert!(died >= 8, "two files of three steps each and the flip: {died}");
}

#[test]
fn a_full_disk_is_told_and_the_old_generation_stays() {
    let (fixture, old) = changed();
    let before = on_disk(&folder(&fixture));
    // No file may grow beyond two kilobytes; the signal that would kill the process is ignored.
    let mut shell = Command::new("sh");
    let script = r#"trap "" XFSZ; ulimit -f 4; exec "$0" "$@""#;
    shell.arg("-c").arg(script).arg(std::env::current_exe().unwrap());
    let output = child(&mut shell, fixture.layout.root(), usize::MAX).stdout(Stdio::piped()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("export: Err(DiskFull("), "{text}");
    assert_eq!(current(&fixture), old);
    assert_eq!(on_disk(&folder(&fixture)), before, "nothing is left behind");
    assert_eq!(export(&fixture).generation, 2, "room again: it goes on");
}

/// A generation that is exported, and a second one that is not: one new month, one year that is written again.
fn changed() -> (Fixture, ParquetManifest) {
    let fixture = market();
    export(&fixture);
    let old = current(&fixture);
    let mut corrected = rows(1, &days(60));
    corrected.retain(|row| row.date.to_string().starts_with("2025-12"));
    corrected.iter_mut().for_each(|row| row.volume += 1);
    fixture.commit(&corrected);
    fixture.publish();
    (fixture, old)
}

/// Not a test by itself: the process that the tests above start. It exports, and dies at the step it is told.
#[test]
fn crash_child() {
    let (Some(root), Some(at)) = (environment(CRASH_ROOT), environment(CRASH_AT)) else { return };
    let (at, steps) = (at.parse::<usize>().unwrap(), AtomicUsize::new(0));
    let on_step = move |_| {
        if steps.fetch_add(1, Ordering::Relaxed) == at {
            std::process::abort();
        }
    };
    let root = PathBuf::from(root);
    let options = ParquetOptions { on_step: Some(Arc::new(on_step)), ..ParquetOptions::default() };
    let outcome = export_generation(&root.join("published"), &root.join("parquet"), &options);
    println!("export: {outcome:?}");
}

#[expect(clippy::disallowed_methods, reason = "how a test tells its own child process what to do")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Completes a command that starts this test binary, so that it exports what is published below `root`.
fn child<'a>(command: &'a mut Command, root: &Path, at: usize) -> &'a mut Command {
    command
        .args(["--exact", "parquet::tests::crash_child", "--nocapture"])
        .env(CRASH_ROOT, root)
        .env(CRASH_AT, at.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// `false` if it came to its end before that step.
fn export_in_a_process_that_dies_at(root: &Path, at: usize) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let status = child(&mut command, root, at).status().unwrap();
    assert!(status.success() || status.signal() == Some(6), "step {at}: {status}");
    !status.success()
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
