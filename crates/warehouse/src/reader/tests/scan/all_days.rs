//! Every day: the scan says what the single reads say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market_model::{Board, Code, InstrumentKind};
use quality_rules::{BarRow, CuratedBar, DayLimit, Days, NameSpan};

use super::{
    Seen, assert_same,
    market::{DUPLICATED, EMPTY, Market, SUSPENDED, UNSERVED},
    scan,
};
use crate::{
    Generation, WarehouseError,
    fixture::{code, date},
};

/// `seen` with the rows and bars that the generation's single reads give, in which a key that is twice in a file is once.
fn reread(generation: &Generation, sources: &[String], code: Code, seen: &Seen) -> Seen {
    let index = |name: &str| sources.iter().position(|source| source == name).unwrap() as u8;
    let number = |number: Option<f64>| number.unwrap_or(f64::NAN);
    let normalized = generation.normalized(&code, NaiveDate::MIN, NaiveDate::MAX).unwrap();
    let rows = normalized.iter().map(|row| BarRow {
        date: row.bar.trade_date,
        open: row.bar.open,
        high: row.bar.high,
        low: row.bar.low,
        close: row.bar.close,
        pre_close: number(row.bar.pre_close),
        volume: row.bar.volume,
        amount: number(row.bar.amount),
        factor: number(row.bar.adj_factor),
        source: index(&row.source),
        raw_id: row.raw_id,
        raw_row: row.raw_row,
    });
    let curated = crate::fixture::all_bars(generation, &code).into_iter().map(|bar| {
        let crate::Bar { date, open, high, low, close, volume, amount, factor, source } = bar;
        CuratedBar {
            date,
            open,
            high,
            low,
            close,
            volume,
            amount,
            factor,
            source: index(generation.source_name(source)),
        }
    });
    Seen { rows: rows.collect(), curated: curated.collect(), ..seen.clone() }
}

/// One row per key, the last.
fn without_duplicates(seen: &Seen) -> Seen {
    let rows: BTreeMap<_, _> = seen.rows.iter().map(|row| ((row.date, row.source), *row)).collect();
    Seen { rows: rows.into_values().collect(), ..seen.clone() }
}

#[test]
fn a_scan_hands_over_what_the_single_reads_say() {
    for (seed, in_base) in [(1, 90), (3, 0), (4, 129)] {
        let market = Market::new(seed, in_base);
        let generation = market.generation();
        let seen = scan(&generation, Days::All, (None, None), 1_000_000);
        let expected: BTreeSet<Code> = market.codes.iter().copied().chain([code(UNSERVED), code(EMPTY)]).collect();
        assert_eq!(seen.keys().copied().collect::<BTreeSet<_>>(), expected, "seed {seed}");
        let sources = generation.market_facts().unwrap().sources;
        let reread: BTreeMap<_, _> =
            seen.iter().map(|(code, seen)| (*code, reread(&generation, &sources, *code, seen))).collect();
        assert_same(&seen.iter().map(|(code, seen)| (*code, without_duplicates(seen))).collect(), &reread);
        assert!(seen.values().map(|seen| seen.rows.len()).sum::<usize>() > 1500, "seed {seed}");
        for seen in seen.values() {
            assert!(seen.rows.is_sorted_by_key(|row| (row.date, row.source)));
        }
    }
}

#[test]
fn a_key_that_is_twice_in_one_file_is_handed_over_twice() {
    let market = Market::new(1, 90);
    let seen = scan(&market.generation(), Days::All, (None, None), 1_000_000);
    let twice = |seen: &Seen| {
        seen.rows.windows(2).filter(|pair| (pair[0].date, pair[0].source) == (pair[1].date, pair[1].source)).count()
    };
    // One in each file.
    assert_eq!(twice(&seen[&code(DUPLICATED)]), 2);
    assert_eq!(seen.values().map(twice).sum::<usize>(), 2);
}

#[test]
fn it_makes_no_difference_how_much_is_read_at_a_time_nor_by_which_ranges() {
    let market = Market::new(5, 80);
    let generation = market.generation();
    let whole = scan(&generation, Days::All, (None, None), 1_000_000);
    let only = &market.days[78..83];
    let whole_of_some = scan(&generation, Days::Only(only), (None, None), 1_000_000);
    for at_once in [1, 300] {
        assert_same(&scan(&generation, Days::All, (None, None), at_once), &whole);
        assert_same(&scan(&generation, Days::Only(only), (None, None), at_once), &whole_of_some);
    }
    for codes_per_chunk in [0, 4, 100] {
        let chunks = generation.code_chunks(codes_per_chunk);
        assert!(chunks.first().unwrap().0.is_none() && chunks.last().unwrap().1.is_none(), "{chunks:?}");
        assert!(chunks.windows(2).all(|pair| pair[0].1 == pair[1].0), "{chunks:?}");
        let mut joined = BTreeMap::new();
        for chunk in &chunks {
            joined.extend(scan(&generation, Days::All, *chunk, 300));
        }
        assert_same(&joined, &whole);
    }
    let some = scan(&generation, Days::All, (Some(code("300750.SZ")), Some(code(UNSERVED))), 300);
    let names: Vec<_> = some.keys().map(Code::as_str).collect();
    assert_eq!(names, ["300750.SZ", "600000.SH", "600519.SH", EMPTY]);
}

#[test]
fn two_threads_may_scan_at_once() {
    let market = Market::new(6, 90);
    let generation = market.generation();
    let whole = scan(&generation, Days::All, (None, None), 1_000_000);
    let chunks = generation.code_chunks(6);
    let parts = std::thread::scope(|scope| {
        let scans: Vec<_> =
            chunks.iter().map(|chunk| scope.spawn(|| scan(&generation, Days::All, *chunk, 200))).collect();
        scans.into_iter().map(|scan| scan.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(parts.len() > 1);
    assert_same(&parts.into_iter().flatten().collect(), &whole);
}

#[test]
fn it_makes_no_difference_whether_bars_come_from_memory() {
    let market = Market::new(7, 90);
    let generation = market.generation();
    let whole = scan(&generation, Days::All, (None, None), 500);
    let days: Vec<_> = market.days[88..95].iter().chain(&market.days[120..]).copied().collect();
    let some = scan(&generation, Days::Only(&days), (None, None), 500);
    for (tail_in_memory, with_series) in [(false, true), (true, false), (false, false)] {
        if !market.fixture.published().join("base-1.series").exists() {
            continue;
        }
        let impaired = market.impaired(tail_in_memory, with_series);
        assert_eq!(impaired.is_in_memory(&market.codes[0]), tail_in_memory && with_series);
        assert_same(&scan(&impaired, Days::All, (None, None), 500), &whole);
        assert_same(&scan(&impaired, Days::Only(&days), (None, None), 500), &some);
    }
}

#[test]
fn what_is_known_about_a_code_comes_with_it() {
    let market = Market::new(8, 90);
    let generation = market.generation();
    let facts = generation.market_facts().unwrap();
    assert_eq!(facts.sources, ["akshare", "tdx", "tushare", "yahoo"]);
    let seen = scan(&generation, Days::All, (None, None), 500);
    let (early, late) = (market.days[20], market.days[110]);

    let bank = &seen[&code("000001.SZ")];
    assert_eq!(
        bank.about,
        format!("000001.SZ {:?} {:?} {:?} None", InstrumentKind::AShare, Some(Board::Main), Some(date("1991-04-03")))
    );
    let actions: Vec<_> = bank
        .actions
        .iter()
        .map(|row| {
            (row.action.ex_date, row.source, row.action.announced, row.action.cash_per_10, row.action.rights_per_10)
        })
        .collect();
    assert_eq!(actions, [(early, 0, None, 2.0, 0.0), (early, 2, Some(early), 2.0, 0.0), (late, 2, None, 1.0, 0.0)]);
    let name = |from, until, special_treatment| NameSpan { from, until, special_treatment, delisting: false };
    // Of two sources the one that knows more.
    assert_eq!(bank.names, [name(date("1991-04-03"), Some(early), false), name(early, None, true)]);
    assert!(bank.suspended.is_empty(), "halted for half an hour only");
    // Of two sources the first that has bars as well, and of one source the tail.
    let limits: Vec<_> = bank.limits.iter().map(|limit| (limit.date, limit.up)).collect();
    let expected = market.days.iter().enumerate().map(|(nth, day)| (*day, if nth < 87 { 10.0 } else { 20.0 }));
    assert_eq!(limits, expected.collect::<Vec<_>>());

    let unserved = &seen[&code(UNSERVED)];
    assert!(unserved.curated.is_empty() && !unserved.rows.is_empty());
    assert!(unserved.limits.iter().all(|limit: &DayLimit| limit.up == 99999.99 && limit.down.is_nan()));
    assert_eq!(unserved.about, format!("{UNSERVED} {:?} {:?} None None", InstrumentKind::AShare, Some(Board::Star)));
    assert_eq!(seen[&code("700001.SH")].about, "700001.SH Index None None None");
    assert_eq!(seen[&code(SUSPENDED)].suspended, market.days[30..100]);
    let gone = &seen[&code("600000.SH")];
    assert!(gone.names[0].delisting && gone.about.ends_with(&format!("Some({late})")));
    let empty = &seen[&code(EMPTY)];
    assert!(empty.rows.is_empty() && empty.curated.is_empty() && empty.actions.len() == 1);
}

#[test]
fn days_that_are_complete_because_codes_were_asked_for_one_by_one_tell_no_gap() {
    let market = Market::new(9, 90);
    let facts = market.generation().market_facts().unwrap();
    let expected: BTreeSet<_> = market.days[45..100].iter().chain(&market.days[110..]).copied().collect();
    assert_eq!(facts.complete_days, expected);
    // Withheld days are not served at all; those before the first one with its whole market are.
    assert_eq!(facts.unknown_days, market.days[100..110].iter().copied().collect());
    assert_eq!(facts.calendar.range(), Some((market.days[0], market.days[129])));
}

#[test]
fn an_error_of_the_caller_ends_the_scan() {
    let market = Market::new(10, 90);
    let generation = market.generation();
    let mut seen = 0;
    let outcome = generation.scan_histories(Days::All, None, &mut |_| {
        seen += 1;
        if seen == 3 { Err(WarehouseError::Unavailable("stopped".to_owned())) } else { Ok(()) }
    });
    assert!(matches!(outcome, Err(WarehouseError::Unavailable(why)) if why == "stopped"));
    assert_eq!(seen, 3);
    assert_eq!(scan(&generation, Days::All, (None, None), 500).len(), market.codes.len() + 2);
}
