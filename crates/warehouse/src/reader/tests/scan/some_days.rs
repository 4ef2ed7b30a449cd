//! Some days only: they get what a scan of all days says about them, and no more files are read than that takes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market_model::{Code, rulebook::NoLimitDays};
use quality_rules::{Days, Finding, History, Options, check_code};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Seen,
    market::{EMPTY, Market, SUSPENDED, UNSERVED},
    scan,
};
use crate::{Generation, fixture::code};

/// Some days of the market, ascending: one, a few around the seam of base and tail, and any.
fn choices(market: &Market, in_base: usize, seed: u64) -> Vec<Vec<NaiveDate>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let days = &market.days;
    let mut choices = vec![
        vec![days[0]],
        vec![days[129]],
        vec![days[in_base.min(129)]],
        days[in_base.saturating_sub(2)..(in_base + 2).min(130)].to_vec(),
        vec![days[100]],
        vec![days[129] + chrono::TimeDelta::days(30)],
        days.clone(),
    ];
    for share in [3, 30] {
        choices.push(days.iter().copied().filter(|_| rng.random_ratio(1, share)).collect());
    }
    choices
}

/// What the rules find about `days`, code by code, as text.
fn findings(generation: &Generation, judged: Days<'_>, scanned: Days<'_>) -> BTreeMap<Code, Vec<String>> {
    let facts = generation.market_facts().unwrap();
    let (no_limit_days, options) = (NoLimitDays::default(), Options::default());
    let market = facts.market(&no_limit_days, &options);
    let mut found: BTreeMap<Code, Vec<String>> = BTreeMap::new();
    let each = &mut |history: &History<'_>| {
        let mut out: Vec<Finding> = Vec::new();
        check_code(&market, history, judged, &mut out);
        if !out.is_empty() {
            found.insert(history.code, out.iter().map(|finding| format!("{finding:?}")).collect());
        }
        Ok(())
    };
    generation.scan_histories(scanned, None, each).unwrap();
    found
}

#[test]
fn the_rules_find_about_some_days_what_they_find_about_them_among_all() {
    let mut total = 0;
    for (seed, in_base) in [(21, 90), (23, 0)] {
        let market = Market::new(seed, in_base);
        let generation = market.generation();
        for days in choices(&market, in_base, seed) {
            let some = findings(&generation, Days::Only(&days), Days::Only(&days));
            if days.is_empty() {
                assert!(some.is_empty());
                continue;
            }
            let all = findings(&generation, Days::Only(&days), Days::All);
            for code in market.codes.iter().chain([&code(UNSERVED), &code(EMPTY)]) {
                assert_eq!(some.get(code), all.get(code), "seed {seed}, {days:?}");
            }
            total += some.values().map(Vec::len).sum::<usize>();
        }
    }
    assert!(total > 100, "{total}");
}

/// What [`History`] promises about `days`, of what a scan of all days handed over: the rows and bars of these days, and those of
/// the last bar before each of them on which there is something to judge.
fn promised(all: &Seen, days: &[NaiveDate]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let before = |day: NaiveDate| all.curated.iter().rev().find(|bar| bar.date < day).map(|bar| bar.date);
    let is_there = |day| all.rows.iter().any(|row| row.date == day) || all.curated.iter().any(|bar| bar.date == day);
    let with_bar: BTreeSet<_> = days.iter().copied().chain(days.iter().filter_map(|day| before(*day))).collect();
    let judged = days.iter().filter(|day| is_there(**day));
    let with_row: BTreeSet<_> = days.iter().copied().chain(judged.filter_map(|day| before(*day))).collect();
    let rows = all.rows.iter().filter(|row| with_row.contains(&row.date)).map(|row| format!("{row:?}"));
    let bars = all.curated.iter().filter(|bar| with_bar.contains(&bar.date)).map(|bar| format!("{bar:?}"));
    let limits = all.limits.iter().filter(|limit| days.contains(&limit.date)).map(|limit| format!("{limit:?}"));
    (rows.collect(), bars.collect(), limits.collect())
}

#[test]
fn some_days_come_with_their_rows_and_those_of_the_bar_before() {
    for (seed, in_base) in [(31, 90), (32, 0)] {
        let market = Market::new(seed, in_base);
        let generation = market.generation();
        let all = scan(&generation, Days::All, (None, None), 1_000_000);
        for days in choices(&market, in_base, seed).into_iter().filter(|days| !days.is_empty()) {
            let some = scan(&generation, Days::Only(&days), (None, None), 400);
            for (code, all) in &all {
                // A code that is neither listed nor served has no part in days without a row of it.
                let Some(some) = some.get(code) else {
                    assert_eq!((code.as_str(), promised(all, &days).0.len()), (UNSERVED, 0));
                    continue;
                };
                let (rows, bars, limits) = promised(all, &days);
                // All of that, in order and once; whatever else there is, is in the whole history too.
                is_part(&rows, some.rows.iter(), "rows", code);
                is_part(&bars, some.curated.iter(), "bars", code);
                is_part(&limits, some.limits.iter(), "limits", code);
                let texts = |seen: &Seen| seen.rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
                is_part(&texts(some), all.rows.iter(), "whole rows", code);
                assert_eq!((&some.actions, &some.names, &some.suspended), (&all.actions, &all.names, &all.suspended));
            }
        }
    }
}

/// Asserts that `part` is among `whole`, in its order.
#[track_caller]
fn is_part<T: std::fmt::Debug>(part: &[String], whole: impl Iterator<Item = T>, what: &str, code: &Code) {
    let mut wanted = part.iter().peekable();
    for item in whole {
        if wanted.peek().is_some_and(|text| **text == format!("{item:?}")) {
            wanted.next();
        }
    }
    assert_eq!(wanted.next(), None, "{what} of {code}");
}

#[test]
fn the_bar_before_may_be_far_back_in_the_base() {
    let market = Market::new(41, 90);
    let generation = market.generation();
    let (resumed, last) = (market.days[100], market.days[29]);
    let seen = &scan(&generation, Days::Only(&[resumed]), (None, None), 400)[&code(SUSPENDED)];
    let before: Vec<_> = seen.curated.iter().map(|bar| bar.date).filter(|date| *date < resumed).collect();
    let all = &scan(&generation, Days::All, (None, None), 400)[&code(SUSPENDED)];
    let expected = all.curated.iter().rev().find(|bar| bar.date <= last).map(|bar| bar.date);
    if all.curated.iter().any(|bar| bar.date == resumed) {
        assert_eq!(before.last().copied(), expected);
        assert!(seen.rows.iter().any(|row| Some(row.date) == expected));
    }
    // The days between have rows that nobody serves: they are between the two bars, so they come too.
    assert!(seen.rows.iter().any(|row| row.date > last && row.date < resumed));
}
