//! A reader that swaps for months must not grow.

use crate::fixture::{Fixture, code, date, random_rows, weekdays};

/// Anonymous memory of this process in kB: what is allocated, without mapped files.
fn anonymous_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn memory_stays_bounded_over_many_swaps() {
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
    assert!(late < early + 20_000, "{early} kB after 5 swaps, {late} kB after 12: {after:?}");
}
