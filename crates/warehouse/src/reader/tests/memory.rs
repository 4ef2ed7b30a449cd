//! A reader that swaps for months must not grow.

use std::process::Command;

use crate::fixture::{Fixture, code, date, random_rows, weekdays};

/// Says to the re-executed test binary that it is the one whose memory counts.
const CHILD: &str = "WAREHOUSE_TEST_MEMORY_CHILD";

/// Anonymous memory of this process in kB: what is allocated, without mapped files.
fn anonymous_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// In a process of its own, where a runner does not give it one anyway: the memory of tests beside it is not the reader's.
#[test]
#[cfg(target_os = "linux")]
fn memory_stays_bounded_over_many_swaps() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "reader::tests::memory::memory_child", "--nocapture"])
        .env(CHILD, "yes")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("kB after 12 swaps"), "the child did not run: {text}");
}

/// Not a test by itself: the process that the test above starts.
#[test]
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "how a test tells its own child process what to do")]
fn memory_child() {
    if std::env::var(CHILD).is_err() {
        return;
    }
    let fixture = Fixture::new();
    let codes: Vec<_> = (1..=40).map(|n| code(&format!("{n:06}.SZ"))).collect();
    let days = weekdays(date("2024-01-02"), 250);
    fixture.build_base(1, &random_rows(1, &codes, &days[..200]));
    fixture.commit(&random_rows(2, &codes, &days[200..]));
    fixture.publish();
    let reader = fixture.reader();
    let mut after = Vec::new();
    for _ in 0..12 {
        // The same content under a new number: whatever grows is a leak.
        fixture.publish();
        assert!(reader.refresh().unwrap());
        let generation = reader.current().unwrap();
        generation.normalized(&codes[0], days[0], days[249]).unwrap();
        let bars: usize = codes.iter().map(|code| crate::fixture::all_bars(&generation, code).len()).sum();
        assert!(bars > 9_000, "{bars}");
        after.push(anonymous_kb());
    }
    let (early, late) = (after[4], after[11]);
    println!("{late} kB after 12 swaps");
    assert!(late < early + 20_000, "{early} kB after 5 swaps, {late} kB after 12: {after:?}");
}
