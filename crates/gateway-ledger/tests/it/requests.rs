//! Requests: recorded once, read back whole.

use chrono::TimeDelta;
use gateway_ledger::{Considered, RequestFilter, SpendingBy, SpendingQuery};
use tempfile::TempDir;

use crate::support::{at, charge, noon, open, row, yuan};

#[tokio::test]
async fn a_request_is_read_back_as_it_was_recorded_with_why_it_went_where() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let mut whole = row("00f1", "alice", "b", "0.3");
    whole.decision.insert(
        0,
        gateway_ledger::AttemptRecord {
            channel: Some("a".into()),
            outcome: "wait_tokens".into(),
            ms: 12,
            considered: vec![Considered { channel: "b".into(), lost: "not_its_turn".into() }],
        },
    );
    whole.charges[0].breach = Some(yuan("0.01"));
    ledger.record(whole.clone()).unwrap();
    ledger.flush().await.unwrap();
    assert_eq!(ledger.request("00f1").await.unwrap(), Some(whole));
    assert_eq!(ledger.request("00f2").await.unwrap(), None);
}

#[tokio::test]
async fn a_second_row_of_an_id_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for cny in ["0.3", "0.4"] {
        ledger.record(row("1", "alice", "a", cny)).unwrap();
        ledger.record(row("1", "alice", "a", cny)).unwrap();
        ledger.flush().await.unwrap();
    }
    let query = SpendingQuery {
        from: noon() - TimeDelta::days(1),
        to: noon() + TimeDelta::days(1),
        by: SpendingBy::Profile,
        profile: None,
        channel: None,
        model: None,
    };
    let spent = ledger.spending(query).await.unwrap();
    assert_eq!((spent[0].requests, spent[0].cny), (1, yuan("0.3")));
    let stats = ledger.stats();
    assert_eq!((stats.written_rows, stats.repeated_rows, stats.pending), (1, 3, 0));
}

#[tokio::test]
async fn a_list_is_filtered_and_goes_on_where_it_stopped() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for n in 0..25 {
        let mut row = row(&n.to_string(), if n % 2 == 0 { "alice" } else { "bob" }, "a", "0.1");
        row.at = noon() + TimeDelta::seconds(n);
        ledger.record(row).unwrap();
    }
    ledger.flush().await.unwrap();
    let filter = RequestFilter { profile: Some("alice".to_owned()), ..RequestFilter::default() };
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.requests(filter.clone(), after, 5).await.unwrap();
        ids.extend(page.rows.iter().map(|row| row.id.parse::<i64>().unwrap()));
        let Some(next) = page.next else { break };
        // As it comes back from a caller.
        after = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(ids, (0..25).rev().filter(|n| n % 2 == 0).collect::<Vec<_>>());
    let nobody = RequestFilter { channel: Some("b".to_owned()), ..RequestFilter::default() };
    assert!(ledger.requests(nobody, None, 5).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn what_a_failed_attempt_cost_counts_where_it_was_billed() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let mut two = row("1", "alice", "b", "0.3");
    two.charges.insert(0, gateway_ledger::Charge { estimated: true, ..charge(&"a".into(), "0.2") });
    two.at = at("2026-11-23T15:59:59Z");
    ledger.record(two).unwrap();
    let mut tomorrow = row("2", "alice", "b", "1");
    tomorrow.at = at("2026-11-23T16:00:00Z");
    ledger.record(tomorrow).unwrap();
    ledger.flush().await.unwrap();
    let by = |by| SpendingQuery {
        from: at("2026-11-23T00:00:00Z"),
        to: at("2026-11-25T00:00:00Z"),
        by,
        profile: None,
        channel: None,
        model: None,
    };
    let channels = ledger.spending(by(SpendingBy::Channel)).await.unwrap();
    let told: Vec<_> =
        channels.iter().map(|line| (line.key.as_str(), line.requests, line.cny, line.estimated_cny)).collect();
    assert_eq!(told, [("b", 2, yuan("1.3"), yuan("0")), ("a", 0, yuan("0.2"), yuan("0.2"))]);
    let days = ledger.spending(by(SpendingBy::Day)).await.unwrap();
    let told: Vec<_> = days.iter().map(|line| (line.key.as_str(), line.cny)).collect();
    assert_eq!(told, [("2026-11-23", yuan("0.5")), ("2026-11-24", yuan("1"))], "midnight is Shanghai's");
}

#[tokio::test]
async fn what_is_old_is_pruned_and_the_rest_stays() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for n in 0..2_500 {
        ledger.record(row(&format!("old-{n}"), "alice", "a", "0.1")).unwrap();
    }
    let later = noon() + TimeDelta::days(91);
    let mut young = row("young", "alice", "a", "0.1");
    young.at = later;
    ledger.record(young).unwrap();
    ledger.flush().await.unwrap();
    assert_eq!(ledger.prune(later).await.unwrap().requests, 2_500);
    assert_eq!(ledger.requests(RequestFilter::default(), None, 10).await.unwrap().rows.len(), 1);
    // The warehouse has not got the sums yet: they stay.
    assert_eq!(ledger.pending_rollups(later, 10).await.unwrap()[0].rows[0].requests, 2_500);
}
