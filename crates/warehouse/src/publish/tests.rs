//! Publishing, crashing in the middle of it, and what a reader may see meanwhile.

use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
};

use chrono::NaiveDate;

use super::*;
use crate::{
    Reader, Step, WarehouseError,
    fixture::{Fixture, all_bars, code, date, random_rows, reader_options, same, weekdays},
    layout,
};

/// Says to the re-executed test binary where its warehouse is and at which step it must die.
const CRASH_ROOT: &str = "WAREHOUSE_TEST_CRASH_ROOT";
const CRASH_STEP: &str = "WAREHOUSE_TEST_CRASH_STEP";

const PUBLISH_STEPS: [Step; 7] = [
    Step::BeforePublish,
    Step::CopyHalfway,
    Step::CopyDone,
    Step::Verified,
    Step::ManifestWritten,
    Step::BeforeFlip,
    Step::AfterFlip,
];

fn days(count: usize) -> Vec<NaiveDate> {
    weekdays(date("2026-01-05"), count)
}

#[test]
fn a_published_generation_reads_back_bit_for_bit() {
    let fixture = Fixture::new();
    let codes = ["000001.SZ", "300750.SZ", "600519.SH", "688981.SH", "920799.BJ"].map(code);
    let days = days(60);
    fixture.build_base(1, &random_rows(1, &codes, &days[..40]));
    let tail = random_rows(2, &codes, &days[35..]);
    fixture.commit(&tail);
    let published = fixture.publish();
    assert_eq!(published.generation, 1);

    let reader = fixture.reader();
    let generation = reader.current().unwrap();
    assert_eq!(generation.number(), 1);
    assert_eq!(generation.last_trade_date(), tail.iter().map(|row| row.date).max());
    let base = random_rows(1, &codes, &days[..40]);
    for code in codes {
        let mut expected: Vec<_> = tail.iter().filter(|row| row.code == code).collect();
        let overridden: Vec<_> = expected.iter().map(|row| row.date).collect();
        expected.extend(base.iter().filter(|row| row.code == code && !overridden.contains(&row.date)));
        expected.sort_by_key(|row| row.date);
        let bars = all_bars(&generation, &code);
        assert_eq!(bars.len(), expected.len(), "{code}");
        for (bar, row) in bars.iter().zip(expected) {
            assert!(same(&generation, bar, row), "{bar:?} is not {row:?}");
        }
    }
    assert!(verify(&fixture.published(), None).unwrap().is_whole());
}

#[test]
fn the_logical_hash_does_not_depend_on_what_lies_in_base_or_tail() {
    let codes = ["000001.SZ", "600519.SH"].map(code);
    let rows = random_rows(3, &codes, &days(30));
    let all_in_tail = Fixture::new();
    all_in_tail.commit(&rows);
    let hashes = [
        all_in_tail.publish().logical_hash,
        {
            let split = Fixture::new();
            let (base, tail): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(|row| row.date < date("2026-02-01"));
            split.build_base(1, &base);
            split.commit(&tail);
            split.publish().logical_hash
        },
        {
            let overridden = Fixture::new();
            let mut stale = rows.clone();
            stale.iter_mut().step_by(3).for_each(|row| row.volume += 1);
            overridden.build_base(1, &stale);
            overridden.commit(&rows);
            overridden.publish().logical_hash
        },
    ];
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(hashes[0], hashes[2]);
}

#[test]
fn a_reader_that_holds_a_generation_keeps_it_while_others_come_and_go() {
    let fixture = Fixture::new();
    let held_code = code("600519.SH");
    let days = days(8);
    fixture.commit(&random_rows(1, &[held_code], &days[..2]));
    fixture.publish();
    let reader = fixture.reader();
    let held = reader.current().unwrap();
    let bars = all_bars(&held, &held_code);
    for day in 2..8 {
        fixture.commit(&random_rows(1, &[held_code], &days[day..=day]));
        fixture.publish();
        assert!(reader.refresh().unwrap());
    }
    assert_eq!(reader.current().unwrap().number(), 7);
    assert_eq!(all_bars(&held, &held_code), bars, "the held generation does not change");
    assert!(held.normalized(&held_code, days[0], days[7]).unwrap().is_empty(), "its files still answer queries");
    let manifests = |fixture: &Fixture| -> Vec<u64> {
        fixture.names().iter().filter_map(|name| layout::manifest_number(name)).collect()
    };
    assert_eq!(manifests(&fixture), [1, 5, 6, 7], "three stay, and the one that is open");
    drop(held);
    fixture.publish();
    assert_eq!(manifests(&fixture), [6, 7, 8]);
}

#[test]
fn names_are_never_reused_even_after_failures() {
    let fixture = Fixture::new();
    fixture.commit(&random_rows(1, &[code("600519.SH")], &days(3)));
    assert_eq!(fixture.publish().generation, 1);
    // A publish that is refused after its number was taken: the tail is not at the commit that it should be at.
    let wrong = publish(fixture.layout.root(), 99, crate::fixture::publish_options(), &|_| (), crate::fixture::now());
    assert!(matches!(wrong, Err(WarehouseError::Damaged { .. })), "{wrong:?}");
    assert!(!fixture.names().contains(&layout::tail_file(2)), "and leaves nothing: {:?}", fixture.names());
    assert_eq!(fixture.publish().generation, 3);
}

#[test]
fn a_base_is_linked_once_and_goes_with_its_last_generation() {
    use std::os::unix::fs::MetadataExt;
    let fixture = Fixture::new();
    let rows = random_rows(1, &[code("600519.SH")], &days(10));
    fixture.build_base(1, &rows);
    fixture.publish();
    let inode = |path: &std::path::Path| std::fs::metadata(path).unwrap().ino();
    let name = layout::base_file(1);
    assert_eq!(inode(&fixture.published().join(&name)), inode(&fixture.layout.root().join(&name)));
    fixture.build_base(2, &rows);
    fixture.publish();
    fixture.publish();
    assert!(fixture.names().contains(&name), "generation 1 still needs it");
    fixture.publish();
    assert!(!fixture.names().contains(&name) && !fixture.names().contains(&layout::series_file(1)));
    assert!(fixture.names().contains(&layout::base_file(2)));
}

#[test]
fn a_lost_series_file_is_written_again_from_the_base() {
    let fixture = Fixture::new();
    fixture.build_base(1, &random_rows(1, &["000001.SZ", "600519.SH"].map(code), &days(10)));
    std::fs::remove_file(fixture.layout.series(1)).unwrap();
    fixture.publish();
    assert!(verify(&fixture.published(), None).unwrap().is_whole());
}

#[test]
fn a_generation_list_says_which_one_is_current() {
    let fixture = Fixture::new();
    assert!(list_generations(&fixture.published()).unwrap().is_empty());
    fixture.publish();
    fixture.publish();
    std::fs::write(fixture.published().join(layout::manifest_file(1)), "{").unwrap();
    let list = list_generations(&fixture.published()).unwrap();
    let seen: Vec<_> = list.iter().map(|info| (info.number, info.is_current, info.manifest.is_ok())).collect();
    assert_eq!(seen, [(2, true, true), (1, false, false)]);
}

#[test]
fn readers_see_only_whole_generations_while_a_writer_publishes() {
    let fixture = Fixture::new();
    let codes = ["000001.SZ", "600519.SH"].map(code);
    let days = days(21);
    // Every generation holds the same number of bars of both codes, all with that number as their volume.
    let commit = |n: usize| {
        let mut rows: Vec<_> = codes.iter().flat_map(|code| random_rows(7, &[*code], &days)).collect();
        rows.retain(|row| days[..=n].contains(&row.date));
        rows.iter_mut().for_each(|row| row.volume = n as i64);
        fixture.tail(|conn| conn.execute_batch("DELETE FROM curated_daily").unwrap());
        fixture.commit(&rows);
    };
    commit(0);
    fixture.publish();
    let reader = fixture.reader();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watchers: Vec<_> = (0..1)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = std::collections::BTreeSet::new();
                    while !done.load(Ordering::Relaxed) {
                        reader.refresh().unwrap();
                        let generation = reader.current().unwrap();
                        let counts = codes.map(|code| {
                            let bars = all_bars(&generation, &code);
                            let expected = generation.number() as i64 - 1;
                            assert!(bars.iter().all(|bar| bar.volume == expected), "a mixture of generations");
                            bars.len()
                        });
                        assert_eq!(counts[0], counts[1], "half a generation");
                        seen.insert(generation.number());
                        std::thread::yield_now();
                    }
                    seen.len()
                })
            })
            .collect();
        for n in 1..=20 {
            commit(n);
            assert_eq!(fixture.publish().generation, n as u64 + 1);
        }
        done.store(true, Ordering::Relaxed);
        assert!(watchers.into_iter().map(|watcher| watcher.join().unwrap()).sum::<usize>() > 2);
    });
}

#[test]
fn a_crash_at_any_step_leaves_the_old_generation_and_the_next_publish_heals() {
    let code = code("600519.SH");
    let days = days(6);
    let first_publish = || {
        let fixture = Fixture::new();
        fixture.build_base(1, &random_rows(1, &[code], &days[..2]));
        fixture.commit(&random_rows(2, &[code], &days[2..4]));
        let old = fixture.publish();
        fixture.commit(&random_rows(3, &[code], &days[4..]));
        (fixture, old)
    };
    let undisturbed = first_publish().0.publish().logical_hash;
    for step in PUBLISH_STEPS {
        let (fixture, old) = first_publish();
        let reader = fixture.reader();

        publish_in_a_process_that_dies_at(&fixture, step);

        let flipped = step == Step::AfterFlip;
        assert_eq!(reader.refresh().unwrap(), flipped, "{step:?}");
        let fresh = Reader::open(fixture.published(), reader_options()).unwrap().current().unwrap();
        assert_eq!(fresh.number(), if flipped { 2 } else { old.generation }, "{step:?}");

        let healed = fixture.publish();
        assert!(healed.generation > old.generation && reader.refresh().unwrap(), "{step:?}");
        assert!(verify(&fixture.published(), None).unwrap().is_whole(), "{step:?}");
        assert_eq!(healed.logical_hash, undisturbed, "{step:?}");
        let names = fixture.names();
        assert!(!names.iter().any(|name| name.ends_with(layout::UNFINISHED_SUFFIX)), "{step:?}: {names:?}");
        let tails = names.iter().filter_map(|name| layout::tail_number(name));
        assert!(tails.clone().all(|number| names.contains(&layout::manifest_file(number))), "{step:?}: {names:?}");
    }
}

#[test]
fn a_full_disk_is_told_and_the_old_generation_stays() {
    let fixture = Fixture::new();
    let code = code("600519.SH");
    fixture.commit(&random_rows(1, &[code], &days(2)));
    let old = fixture.publish();
    fixture.commit(&random_rows(2, &[code], &days(4)[2..]));
    let names = fixture.names();

    // No file may grow beyond a megabyte, half of the tail; the signal that would kill the process is ignored.
    let mut shell = Command::new("sh");
    let script = r#"trap "" XFSZ; ulimit -f 2048; exec "$0" "$@""#;
    shell.arg("-c").arg(script).arg(std::env::current_exe().unwrap());
    let output = child(&mut shell, &fixture, "none").stdout(Stdio::piped()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("publish: Err(DiskFull("), "{text}");

    assert_eq!(fixture.names(), names, "nothing is left behind");
    let reader = fixture.reader();
    assert_eq!(reader.current().unwrap().number(), old.generation);
    assert!(fixture.publish().generation > old.generation, "room again: it goes on");
    assert!(reader.refresh().unwrap());
}

/// Not a test by itself: the process that the tests above start. It publishes, and dies at the step it is told.
#[test]
fn crash_child() {
    let (Some(root), Some(step)) = (environment(CRASH_ROOT), environment(CRASH_STEP)) else { return };
    let on_step = |at| {
        if format!("{at:?}") == step {
            std::process::abort();
        }
    };
    let outcome = publish(root.as_ref(), 2, crate::fixture::publish_options(), &on_step, crate::fixture::now());
    println!("publish: {outcome:?}");
}

#[expect(clippy::disallowed_methods, reason = "how a test tells its own child process what to do")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Completes a command that starts this test binary, so that it publishes `fixture`.
fn child<'a>(command: &'a mut Command, fixture: &Fixture, step: &str) -> &'a mut Command {
    command
        .args(["--exact", "publish::tests::crash_child", "--nocapture"])
        .env(CRASH_ROOT, fixture.layout.root())
        .env(CRASH_STEP, step)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn publish_in_a_process_that_dies_at(fixture: &Fixture, step: Step) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let status = child(&mut command, fixture, &format!("{step:?}")).status().unwrap();
    assert_eq!(status.signal(), Some(6), "{step:?}: the child must die by abort, {status}");
}
