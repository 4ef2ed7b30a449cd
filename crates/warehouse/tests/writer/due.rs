//! Which days a check has to look at.

use chrono::{DateTime, NaiveDate, Utc};
use warehouse::{DueChecks, FindingsRecord, FindingsScope, Writer};

use crate::{
    market::{Market, SOURCE, minute, two_for_ten, writer},
    vendors::actions_from,
};

/// The market with its first three days published.
fn published(root: &std::path::Path) -> (Market, Writer) {
    let (market, mut writer) = (Market::generate(1, 4, 8), writer(root));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for at in 0..3 {
        writer.commit(market.day_batch(at, minute(1)), minute(1)).unwrap();
    }
    writer.publish(minute(2)).unwrap();
    (market, writer)
}

fn checked(dates: Option<Vec<NaiveDate>>, commit_seq: u64, at: DateTime<Utc>) -> FindingsRecord {
    FindingsRecord {
        check: "check_generation".to_owned(),
        generation: Some(1),
        commit_seq,
        checked_at: at,
        scope: FindingsScope { checks: vec!["ohlc_order".to_owned()], dates, from_code: None, to_code: None },
        last: true,
        findings: Vec::new(),
    }
}

/// Says that everything that is due was checked.
fn settle(writer: &mut Writer, at: i64) {
    let due = writer.due_checks().unwrap();
    let dates = (!due.whole_history).then_some(due.dates);
    writer.record_findings(&checked(dates, due.commit_seq, minute(at)), minute(at)).unwrap();
    assert!(writer.due_checks().unwrap().is_empty());
}

#[test]
fn what_was_committed_is_due_once_a_generation_holds_it_and_until_it_was_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = published(folder.path());
    let due = writer.due_checks().unwrap();
    assert_eq!(due, DueChecks { whole_history: false, dates: market.days[..3].to_vec(), commit_seq: 4 });
    writer.commit(market.day_batch(3, minute(3)), minute(3)).unwrap();
    assert_eq!(writer.due_checks().unwrap().dates, market.days[..3], "no generation holds the new day yet");
    writer.publish(minute(4)).unwrap();
    assert_eq!(writer.due_checks().unwrap().dates, market.days[..4]);

    // A check of the generation before says nothing about the day that it does not hold.
    writer.record_findings(&checked(Some(market.days[..4].to_vec()), 4, minute(5)), minute(5)).unwrap();
    assert_eq!(writer.due_checks().unwrap().dates, [market.days[3]]);
    // One part of several does not count as done.
    let part = FindingsRecord { last: false, ..checked(Some(vec![market.days[3]]), 5, minute(6)) };
    writer.record_findings(&part, minute(6)).unwrap();
    assert_eq!(writer.due_checks().unwrap().dates, [market.days[3]]);
    // Nor does a check by the clock.
    let clock = FindingsRecord { check: "check_freshness".to_owned(), ..checked(None, 5, minute(6)) };
    writer.record_findings(&clock, minute(6)).unwrap();
    assert_eq!(writer.due_checks().unwrap().dates, [market.days[3]]);
    settle(&mut writer, 7);
    drop(writer);
    assert!(crate::market::writer(folder.path()).due_checks().unwrap().is_empty());
}

#[test]
fn a_check_whose_findings_do_not_count_any_more_settles_no_day() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = published(folder.path());
    let days = |from: usize| Some(market.days[from..3].to_vec());
    // A newer check of two days has begun, and what else it found is lost on the way.
    let begun = FindingsRecord { generation: Some(2), last: false, ..checked(days(1), 4, minute(6)) };
    writer.record_findings(&begun, minute(6)).unwrap();
    writer.record_findings(&checked(days(0), 4, minute(5)), minute(7)).unwrap();
    assert_eq!(writer.due_checks().unwrap().dates, market.days[1..3], "the day that it did judge is settled");
    let begun = FindingsRecord { generation: Some(3), last: false, ..checked(None, 4, minute(8)) };
    writer.record_findings(&begun, minute(8)).unwrap();
    for dates in [days(0), None] {
        writer.record_findings(&checked(dates, 4, minute(7)), minute(9)).unwrap();
        assert_eq!(writer.due_checks().unwrap().dates, market.days[1..3]);
    }
    let done = FindingsRecord { generation: Some(3), ..checked(None, 4, minute(8)) };
    writer.record_findings(&done, minute(10)).unwrap();
    assert!(writer.due_checks().unwrap().is_empty());
}

#[test]
fn only_what_the_rules_look_at_makes_days_due_and_never_bookkeeping() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = published(folder.path());
    settle(&mut writer, 3);
    let due = |writer: &mut Writer, at: i64| {
        writer.publish(minute(at)).unwrap();
        let dates = writer.due_checks().unwrap().dates;
        if !dates.is_empty() {
            settle(writer, at);
        }
        dates
    };
    // The same again, a run, a failure, a decision, findings.
    writer.commit(market.day_batch(0, minute(4)), minute(4)).unwrap();
    writer.commit(market.reference(minute(4)), minute(4)).unwrap();
    writer.record_failure("tushare", "daily", "HTTP 502", minute(4)).unwrap();
    assert_eq!(due(&mut writer, 5), []);
    // Valuation figures: no rule compares them.
    let mut basics = market.day_batch(1, minute(6));
    basics.basics[0].value.pb = Some(77.0);
    basics.daily.clear();
    basics.partitions.clear();
    assert!(writer.commit(basics, minute(6)).unwrap().changed);
    assert_eq!(due(&mut writer, 7), []);
    // A corrected bar: its day, and the one that is compared with it.
    let mut corrected = market.day_batch(0, minute(8));
    corrected.daily[0].value.close += 0.01;
    corrected.daily[0].value.high += 0.01;
    writer.commit(corrected, minute(8)).unwrap();
    assert_eq!(due(&mut writer, 9), market.days[..2]);
    // An event: the first day that shows it.
    let weekend = market.days[2].succ_opt().unwrap();
    let event = two_for_ten(market.instruments[1].code, market.days[1]);
    let later = two_for_ten(market.instruments[1].code, weekend);
    writer.commit(actions_from(SOURCE, vec![event, later], minute(10)), minute(10)).unwrap();
    assert_eq!(due(&mut writer, 11), [market.days[1]], "an event after the last day shows with its first bars");
    // A limit of the last day.
    let mut limits = market.day_batch(2, minute(12));
    limits.limits[0].value.up_limit += 1.0;
    limits.daily.clear();
    limits.partitions.clear();
    writer.commit(limits, minute(12)).unwrap();
    assert_eq!(due(&mut writer, 13), [market.days[2]]);
    // A compaction moves rows and changes none.
    writer.compact(minute(14)).unwrap();
    assert_eq!(due(&mut writer, 15), []);
}

#[test]
fn days_that_become_complete_are_due_when_the_instruments_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(1, 4, 8), writer(folder.path()));
    for at in 0..2 {
        writer.commit(market.day_batch(at, minute(1)), minute(1)).unwrap();
    }
    writer.publish(minute(2)).unwrap();
    settle(&mut writer, 3);
    let status = writer.status().unwrap();
    assert_eq!((status.withheld.len(), status.open_findings.get("error")), (2, Some(&2)), "each is an open error");
    writer.commit(market.reference(minute(4)), minute(4)).unwrap();
    writer.publish(minute(5)).unwrap();
    assert_eq!(writer.due_checks().unwrap().dates, market.days[..2]);
    assert_eq!(writer.status().unwrap().open_findings.get("error"), None);
}
