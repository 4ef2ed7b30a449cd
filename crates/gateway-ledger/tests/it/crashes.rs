//! What the books say after a process died.

use gateway_ledger::{WRITTEN_OFF, WrittenOff};
use route_policy::Cny;
use tempfile::TempDir;

use crate::support::{as_after_a_kill, at, open, open_at, row, today, yuan};

#[tokio::test]
async fn a_lease_that_nobody_returned_counts_as_spent() {
    let folder = TempDir::new().unwrap();
    let (ledger, recovery) = open(folder.path());
    assert_eq!((recovery.spent.len(), recovery.written_off.len()), (0, 0));
    assert_eq!(ledger.lease("a", today(), yuan("2"), Some(yuan("500"))).await.unwrap(), yuan("2"));
    ledger.record(row("1", "alice", "a", "0.3")).unwrap();
    ledger.flush().await.unwrap();

    let killed = as_after_a_kill(folder.path());
    let (after, recovery) = open(killed.path());
    assert_eq!(recovery.spent, [("a".to_owned(), today(), yuan("2"))]);
    assert_eq!(recovery.written_off, [WrittenOff { channel: "a".to_owned(), day: today(), amount: yuan("1.7") }]);
    assert_eq!(recovery.profile_spent, [("alice".to_owned(), today(), yuan("0.3"))]);
    let totals = after.day_totals(today()).await.unwrap();
    assert_eq!((totals[0].leased, totals[0].charged), (yuan("2"), yuan("2")));
    assert_eq!((totals[0].estimated, totals[0].written_off), (yuan("1.7"), yuan("1.7")));
    after.close().await.unwrap();
    // Written off once, however often it is started.
    let (_, again) = open(killed.path());
    assert_eq!((again.written_off.len(), again.spent), (0, vec![("a".to_owned(), today(), yuan("2"))]));
}

#[tokio::test]
async fn what_is_returned_in_order_is_not_lost() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.lease("a", today(), yuan("2"), None).await.unwrap();
    ledger.record(row("1", "alice", "a", "0.3")).unwrap();
    ledger.return_lease("a", today(), yuan("0.3")).await.unwrap();
    ledger.close().await.unwrap();
    let (_, recovery) = open(folder.path());
    assert_eq!((recovery.spent, recovery.written_off.len()), (vec![("a".to_owned(), today(), yuan("0.3"))], 0));
}

#[tokio::test]
async fn nobody_returns_what_requests_account_for() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.lease("a", today(), yuan("2"), None).await.unwrap();
    ledger.record(row("1", "alice", "a", "0.3")).unwrap();
    ledger.flush().await.unwrap();
    ledger.return_lease("a", today(), yuan("0.1")).await.unwrap();
    assert_eq!(ledger.day_totals(today()).await.unwrap()[0].leased, yuan("0.3"));
    ledger.return_lease("b", today(), yuan("1")).await.unwrap();
    assert_eq!(ledger.day_totals(today()).await.unwrap().len(), 1, "what was never leased is not returned");
}

#[tokio::test]
async fn leases_never_grant_more_than_the_budget_has() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let limit = Some(yuan("5"));
    let mut granted = Vec::new();
    for _ in 0..4 {
        granted.push(ledger.lease("a", today(), yuan("2"), limit).await.unwrap().to_string());
    }
    assert_eq!(granted, ["2", "2", "1", "0"]);
    assert_eq!(ledger.lease("a", today().next(), yuan("2"), limit).await.unwrap(), yuan("2"), "the next day is new");
    assert_eq!(ledger.lease("b", today(), yuan("2"), Some(Cny::ZERO)).await.unwrap(), Cny::ZERO);
}

#[tokio::test]
async fn a_charge_beyond_its_lease_takes_from_what_may_still_be_granted() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.lease("a", today(), yuan("2"), Some(yuan("5"))).await.unwrap();
    ledger.record(row("1", "alice", "a", "4.5")).unwrap();
    ledger.flush().await.unwrap();
    assert_eq!(ledger.lease("a", today(), yuan("2"), Some(yuan("5"))).await.unwrap(), yuan("0.5"));
    let killed = as_after_a_kill(folder.path());
    let (_, recovery) = open(killed.path());
    assert_eq!(recovery.spent, [("a".to_owned(), today(), yuan("5"))]);
}

#[tokio::test]
async fn written_off_money_stands_in_the_reports_of_its_own_day() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.lease("a", today(), yuan("2"), None).await.unwrap();
    let killed = as_after_a_kill(folder.path());
    drop(ledger);
    // Started again two days later.
    let (ledger, recovery) = open_at(killed.path(), at("2026-11-25T04:00:00Z"));
    assert_eq!(recovery.written_off.len(), 1);
    assert!(recovery.spent.is_empty(), "of days before yesterday nobody asks");
    let cut = ledger.pending_rollups(at("2026-11-25T04:00:00Z"), 10).await.unwrap();
    assert_eq!(cut[0].hour, at("2026-11-23T15:00:00Z"), "the day's last hour");
    let sum = &cut[0].rows[0];
    assert_eq!((sum.profile.as_str(), sum.channel.as_str(), sum.requests), (WRITTEN_OFF, "a", 0));
    assert_eq!((sum.cny, sum.estimated_cny), (yuan("2"), yuan("2")));
}
