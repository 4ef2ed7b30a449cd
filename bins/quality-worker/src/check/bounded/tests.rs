use proptest::prelude::*;
use quality_rules::rules::{cross_source, unit_consistency};

use super::*;

fn day(nth: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2000, 1, 3).unwrap() + chrono::Days::new(nth)
}

fn code(nth: usize) -> Code {
    format!("{nth:06}.SZ").parse().unwrap()
}

/// A code's history in which every one of so many days is wrong.
fn history(at: usize, days: u64) -> impl Iterator<Item = Finding> {
    (0..days).map(move |nth| {
        Finding::new(&unit_consistency::INFO, format!("{at} {nth}"), json!({"ratio": 100})).on(code(at), day(nth))
    })
}

#[test]
fn what_is_within_the_bounds_is_listed_whole() {
    let mut found = Bounded::default();
    let listed = found.append({
        let mut next = Bounded::default();
        (0..5_500).for_each(|at| next.add(history(at, 1)));
        next
    });
    assert_eq!((listed.len(), found.count()), (5_500, 5_500));
    assert_eq!(found.unlisted.entries(false), []);
}

#[test]
fn a_vendor_that_changes_its_unit_in_a_whole_history_drowns_nothing() {
    let mut found = Bounded::default();
    let mut listed = Vec::new();
    for range in 0..4 {
        let mut next = Bounded::default();
        (range * 50..range * 50 + 50).for_each(|at| next.add(history(at, 1_000)));
        assert!(next.listed.len() <= OF_A_RULE);
        listed.extend(found.append(next));
    }
    assert_eq!((listed.len(), found.count()), (OF_A_RULE, 200_000));
    let codes: BTreeSet<_> = listed.iter().filter_map(|finding| finding.code).collect();
    assert_eq!(codes.len(), OF_A_RULE / OF_A_CODE, "no code hides the others");
    let groups = &found.groups.0[unit_consistency::INFO.code];
    assert_eq!(groups.values().map(|group| group.count(Severity::Info)).sum::<u64>(), 200_000, "all of them are told");
    assert!(groups.values().filter(|group| !group.examples.is_empty()).count() <= 20);

    let entries = found.unlisted.entries(true);
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((entry.code, entry.trade_date, &*entry.subject), (None, None, UNLISTED));
    assert_eq!(entry.severity, unit_consistency::INFO.severity);
    assert_eq!(
        entry.message,
        "190000 more findings on 1000 days from 2000-01-03 to 2002-09-28 are not listed one by one"
    );
    assert_eq!(unlisted(&entry.details), Some((0, 190_000)));
    assert_eq!(unlisted(&json!({"warnings": 1, "errors": 1})), None);
}

#[test]
fn of_some_days_each_has_an_entry_of_its_own_as_bad_as_what_it_stands_for() {
    let mut found = Bounded::default();
    for nth in 0..OF_A_RULE + 3 {
        let severity = if nth == OF_A_RULE { Severity::Error } else { Severity::Warning };
        let about = Finding::new(&cross_source::INFO, "x", json!({})).on(code(nth), day(nth as u64 % 2));
        found.add([about.as_bad_as(severity)]);
    }
    let entries = found.unlisted.entries(false);
    let shown: Vec<_> = entries.iter().map(|entry| (entry.trade_date, entry.severity, &*entry.message)).collect();
    assert_eq!(
        shown,
        [
            (Some(day(0)), Severity::Error, "2 more findings on 2000-01-03 are not listed one by one"),
            (Some(day(1)), Severity::Warning, "1 more finding on 2000-01-04 is not listed one by one"),
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn what_is_listed_does_not_depend_on_how_the_codes_are_divided(
        days in prop::collection::vec(prop_oneof![3 => 0_u64..40, 1 => 400_u64..1_500], 1..60),
        cuts in prop::collection::vec(0_usize..60, 0..6),
    ) {
        let divided = |cuts: &BTreeSet<usize>| {
            let (mut found, mut listed) = (Bounded::default(), Vec::new());
            let mut next = Bounded::default();
            for (at, days) in days.iter().enumerate() {
                if cuts.contains(&at) {
                    listed.extend(found.append(std::mem::take(&mut next)));
                }
                next.add(history(at, *days));
            }
            listed.extend(found.append(next));
            let unlisted = found.unlisted.entries(true);
            (listed, found.counts, unlisted)
        };
        let whole = divided(&BTreeSet::new());
        prop_assert_eq!(whole.1.values().sum::<u64>(), days.iter().sum::<u64>());
        prop_assert_eq!(divided(&cuts.into_iter().collect()), whole);
    }
}
