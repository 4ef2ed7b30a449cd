use chrono::TimeDelta;
use quality_rules::Severity;

use super::*;
use crate::alerts::{
    group::{Example, GroupKey},
    message::Status,
};

const WISHES: Wishes = Wishes { at_least: Severity::Warning, repeat_after: Some(TimeDelta::hours(24)) };

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn groups(entries: &[(&str, &str, u64)]) -> Groups {
    let mut groups = Groups::default();
    for (check, date, count) in entries {
        for nth in 0..*count {
            let message = format!("{check} {nth}");
            let example = Example { severity: Severity::Error, code: None, trade_date: Some(day(date)), message };
            groups.add(check, GroupKey::Day(day(date)), example);
        }
    }
    groups
}

fn checked(dates: &[&str], found: &[(&str, &str, u64)]) -> Checked {
    Checked {
        name: "check_generation",
        rules: vec!["price_limit", "cross_source"],
        dates: Some(dates.iter().map(|date| day(date)).collect()),
        generation: Some(3),
        groups: groups(found),
        at: at(0),
    }
}

/// What the evaluation adds to the outbox of `ops`.
fn said(book: &mut Book, now: DateTime<Utc>) -> Vec<(Status, String, u64)> {
    *book.outbox("ops") = Outbox::default();
    book.evaluate("ops", WISHES, now);
    book.outbox("ops").waiting().map(|message| (message.status, message.check.clone(), message.count)).collect()
}

fn firing(check: &str, count: u64) -> (Status, String, u64) {
    (Status::Firing, check.to_owned(), count)
}

#[test]
fn five_thousand_findings_of_one_cause_are_one_message() {
    let mut book = Book::default();
    book.check_ran(checked(&["2024-01-02"], &[("price_limit", "2024-01-02", 5_000)]));
    assert_eq!(said(&mut book, at(0)), [firing("price_limit", 5_000)]);
    let message = book.outbox("ops").waiting().next().unwrap().clone();
    assert_eq!((message.examples.len(), message.days), (5, vec![day("2024-01-02")]));
    assert_eq!(said(&mut book, at(1)), []);
}

#[test]
fn a_check_of_one_day_says_nothing_about_another() {
    let mut book = Book::default();
    book.check_ran(checked(&["2024-01-02"], &[("price_limit", "2024-01-02", 1), ("cross_source", "2024-01-02", 1)]));
    assert_eq!(said(&mut book, at(0)).len(), 2);
    book.check_ran(checked(&["2024-01-03"], &[("price_limit", "2024-01-03", 1)]));
    assert_eq!(said(&mut book, at(1)), [firing("price_limit", 2)]);
    book.check_ran(checked(&["2024-01-02"], &[]));
    // price_limit is still open on the 3rd. The outbox is a new one, so that what was resolved counts as unheard.
    let mut told = book.targets["ops"].told.clone();
    book.evaluate("ops", WISHES, at(2));
    assert!(told.remove("cross_source").is_some());
    assert_eq!(book.targets["ops"].told.keys().collect::<Vec<_>>(), ["price_limit"]);
    assert_eq!(book.targets["ops"].told["price_limit"].groups.len(), 1);
}

#[test]
fn findings_of_the_writer_and_of_the_checks_are_one_message() {
    let mut book = Book::default();
    book.log_read(OpenLog {
        generation: 3,
        written: groups(&[("price_limit", "2024-01-02", 2)]),
        ..OpenLog::default()
    });
    book.check_ran(checked(&["2024-01-02"], &[("price_limit", "2024-01-02", 3)]));
    assert_eq!(said(&mut book, at(0)), [firing("price_limit", 5)]);
    assert_eq!([3, 4].map(|generation| book.wants_log_of(generation)), [None, Some(false)]);
    assert_eq!(Book::default().wants_log_of(3), Some(true));
}

#[test]
fn a_new_book_takes_over_what_was_recorded_and_an_old_one_does_not() {
    let log = |generation| OpenLog {
        generation,
        written: Groups::default(),
        checked: groups(&[("price_limit", "2024-01-02", 4)]),
    };
    let mut book = Book::default();
    book.log_read(log(3));
    assert_eq!(said(&mut book, at(0)), [firing("price_limit", 4)]);
    // The check ran again and found nothing; the log does not know yet.
    book.check_ran(checked(&["2024-01-02"], &[]));
    book.log_read(log(4));
    assert!(book.open().0.is_empty());

    let mut checked_first = Book::default();
    checked_first.check_ran(checked(&["2024-01-02"], &[]));
    checked_first.log_read(log(3));
    assert!(checked_first.open().0.is_empty());
}

#[test]
fn what_was_taken_over_follows_the_log_until_a_check_has_judged_it() {
    let log = |generation, entries: &[_]| OpenLog { generation, written: Groups::default(), checked: groups(entries) };
    let (first, second) = (("price_limit", "2024-01-02", 4), ("price_limit", "2024-01-03", 1));
    let mut book = Book::default();
    book.log_read(log(3, &[first, second, ("cross_source", "2024-01-02", 1)]));
    assert_eq!(said(&mut book, at(0)).len(), 2);
    assert_eq!(book.wants_log_of(4), Some(true));
    // Before the memory was lost, the 2nd had been checked and nothing was found: that is in the log of the next generation.
    book.check_ran(checked(&["2024-01-03"], &[("price_limit", "2024-01-03", 2)]));
    book.log_read(log(4, &[second]));
    assert_eq!(book.open(), groups(&[("price_limit", "2024-01-03", 2)]), "not what the log says of a day judged since");
    assert_eq!(book.wants_log_of(5), Some(false), "everything is known first-hand now");
    assert_eq!(serde_json::from_str::<Book>(&serde_json::to_string(&book).unwrap()).unwrap(), book);
}

#[test]
fn a_check_that_is_repeated_is_of_the_moment_when_it_was_begun_until_it_ran() {
    let mut book = Book::default();
    assert_eq!(book.begin_check("job", 3, at(0)), at(0));
    let mut book: Book = serde_json::from_str(&serde_json::to_string(&book).unwrap()).unwrap();
    assert_eq!(book.begin_check("job", 3, at(1)), at(0));
    assert_eq!(book.begin_check("job", 4, at(2)), at(2), "a newer generation is another check");
    assert_eq!(book.begin_check("other", 4, at(3)), at(3));
    book.check_ran(Checked { generation: Some(4), ..checked(&["2024-01-02"], &[]) });
    assert_eq!(book.begin_check("other", 4, at(4)), at(4), "it ran");
}

#[test]
fn targets_are_told_apart_and_a_removed_one_is_forgotten() {
    let mut book = Book::default();
    book.check_ran(checked(&["2024-01-02"], &[("price_limit", "2024-01-02", 1)]));
    assert_eq!(book.evaluate("ops", WISHES, at(0)), 1);
    assert_eq!(book.evaluate("desk", WISHES, at(1)), 1, "a target that is new is told everything");
    let ids: BTreeSet<_> = ["ops", "desk"].map(|name| book.outbox(name).waiting().next().unwrap().id.clone()).into();
    assert_eq!(ids.len(), 2);
    book.keep_to(&["desk"].into());
    assert_eq!(book.targets.keys().collect::<Vec<_>>(), ["desk"]);
    let text = serde_json::to_string(&book).unwrap();
    assert_eq!(serde_json::from_str::<Book>(&text).unwrap(), book);
}
