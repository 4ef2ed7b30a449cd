//! What people read of the books: sums by day, what the last minutes cost, who changed what about several subjects.

use chrono::TimeDelta;
use gateway_ledger::{RequestFilter, SpendingBy, SpendingQuery};
use route_policy::Day;
use tempfile::TempDir;

use crate::support::{at, charge, entry, noon, open, row, today, yuan};

#[tokio::test]
async fn spending_is_summed_day_by_day_for_every_key() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for (id, profile, channel, cny, moment) in [
        ("1", "alice", "a", "0.3", "2026-11-22T16:00:00Z"),
        ("2", "bob", "b", "2", "2026-11-23T15:59:59Z"),
        ("3", "alice", "b", "1", "2026-11-23T16:00:00Z"),
    ] {
        let mut row = row(id, profile, channel, cny);
        row.at = at(moment);
        row.charges[0].day = Day::of(row.at);
        ledger.record(row).unwrap();
    }
    ledger.flush().await.unwrap();
    let by = |by| SpendingQuery {
        from: at("2026-11-20T16:00:00Z"),
        to: at("2026-11-24T16:00:00Z"),
        by,
        profile: None,
        channel: None,
        model: None,
    };
    let told = async |by| {
        let lines = ledger.daily_spending(by).await.unwrap();
        lines.into_iter().map(|line| (line.day, line.key, line.requests, line.cny)).collect::<Vec<_>>()
    };
    let (monday, tuesday) = (today(), today().next());
    assert_eq!(
        told(by(SpendingBy::Channel)).await,
        [
            (monday, "b".to_owned(), 1, yuan("2")),
            (monday, "a".to_owned(), 1, yuan("0.3")),
            (tuesday, "b".to_owned(), 1, yuan("1")),
        ]
    );
    let alice = SpendingQuery { profile: Some("alice".to_owned()), ..by(SpendingBy::Day) };
    assert_eq!(told(alice).await, [(monday, String::new(), 1, yuan("0.3")), (tuesday, String::new(), 1, yuan("1"))]);
}

#[tokio::test]
async fn what_a_span_of_arrivals_was_charged_is_summed_by_who_asked_and_who_was_billed() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for n in 0..60 {
        let mut row = row(&n.to_string(), if n % 2 == 0 { "alice" } else { "bob" }, "b", "0.1");
        row.at = noon() + TimeDelta::minutes(n);
        // An attempt that failed and was billed elsewhere.
        row.charges.push(charge(&"a".into(), "0.01"));
        ledger.record(row).unwrap();
    }
    ledger.flush().await.unwrap();
    let mut charged = ledger.charged(noon() + TimeDelta::minutes(10), noon() + TimeDelta::minutes(20)).await.unwrap();
    charged.sort_by(|one, other| (&one.profile, &one.channel).cmp(&(&other.profile, &other.channel)));
    let told: Vec<_> = charged.iter().map(|line| (line.profile.as_str(), line.channel.as_str(), line.cny)).collect();
    assert_eq!(
        told,
        [
            ("alice", "a", yuan("0.05")),
            ("alice", "b", yuan("0.5")),
            ("bob", "a", yuan("0.05")),
            ("bob", "b", yuan("0.5")),
        ]
    );
}

#[tokio::test]
async fn a_channel_is_found_whatever_attempt_it_was_asked_in_and_not_where_it_was_only_considered() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let mut asked_first = row("1", "alice", "b", "0.3");
    let mut first = asked_first.decision[0].clone();
    first.channel = Some("a".into());
    asked_first.decision.insert(0, first);
    let mut considered = row("2", "alice", "b", "0.3");
    let lost = gateway_ledger::Considered { channel: "a".into(), lost: "not_its_turn".into() };
    considered.decision[0].considered.push(lost);
    for row in [asked_first, considered, row("3", "alice", "ab", "0.3")] {
        ledger.record(row).unwrap();
    }
    ledger.flush().await.unwrap();
    let of = async |channel: &str| {
        let filter = RequestFilter { channel: Some(channel.to_owned()), ..RequestFilter::default() };
        let page = ledger.requests(filter.clone(), None, 10).await.unwrap();
        assert_eq!(ledger.latest_requests(filter, 10).await.unwrap(), page.rows);
        let mut ids: Vec<_> = page.rows.iter().map(|row| row.id.to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(
        (of("a").await, of("b").await, of("ab").await),
        (vec!["1".into()], vec!["1".into(), "2".into()], vec!["3".into()])
    );
}

#[tokio::test]
async fn the_latest_entries_about_several_subjects_come_together() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for (action, subject) in [("one", "a"), ("two", "channel a"), ("three", "b"), ("four", "a")] {
        ledger.audit(entry(action, subject)).await.unwrap();
    }
    let about = |limit| ledger.audit_about(vec!["a".to_owned(), "channel a".to_owned()], limit);
    let told = |entries: Vec<gateway_ledger::AuditEntry>| {
        entries.into_iter().map(|entry| entry.action.into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(about(10).await.unwrap()), ["four", "two", "one"]);
    assert_eq!(told(about(2).await.unwrap()), ["four", "two"]);
}
