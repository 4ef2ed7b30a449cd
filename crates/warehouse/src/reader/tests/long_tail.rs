//! A tail that holds years: a warehouse that was never compacted.

use std::time::Duration;

use crate::{
    Reader, ReaderOptions,
    fixture::{Fixture, all_bars, code, date},
};

#[test]
fn a_tail_far_larger_than_the_readers_memory_for_queries_opens_and_its_bars_ascend() {
    let fixture = Fixture::new();
    // By day, newest first, as no code's history lies together: sorting this takes DuckDB more than it is given here.
    fixture.tail(|conn| {
        conn.execute_batch(
            "INSERT INTO curated_daily
             SELECT printf('%06d.SZ', code), DATE '2026-01-05' - day::INTEGER, 10, 11, 9, 10.5, 1000, 10500, 1, 'tushare',
                    TIMESTAMP '2026-01-06 00:00:00', 10, 11, 9, 10.5 + day, if(day = 0, 'listing', 'first_bar')
             FROM range(200) days(day), range(1, 4001) codes(code);
             UPDATE meta SET value = '1' WHERE key = 'commit_seq'",
        )
        .unwrap();
    });
    fixture.publish();
    let options = ReaderOptions {
        memory_limit_mb: 64,
        connections: 1,
        query_timeout: Duration::from_secs(60),
        ..ReaderOptions::default()
    };
    let reader = Reader::open(fixture.published(), options).unwrap();
    let generation = reader.current().unwrap();
    let one = code("002000.SZ");
    let bars = all_bars(&generation, &one);
    assert_eq!(bars.len(), 200);
    assert!(bars.is_sorted_by(|a, b| a.date < b.date));
    assert_eq!((bars[0].close, bars[199].close), (209.5, 10.5));
    let anchor = generation.anchor(&one).unwrap();
    assert_eq!(
        (anchor.date, anchor.basis.as_str()),
        (date("2026-01-05"), "listing"),
        "the last day's, though it came first"
    );
}
