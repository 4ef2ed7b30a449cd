//! What is old goes, what somebody still needs stays.

use chrono::TimeDelta;
use gateway_ledger::RequestFilter;
use tempfile::TempDir;

use crate::support::{entry, noon, open, row, today, yuan};

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

#[tokio::test]
async fn sums_that_the_warehouse_has_go_and_the_others_stay_four_times_as_long() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for hours in 0..60 {
        let mut row = row(&hours.to_string(), "alice", "a", "0.1");
        row.at = noon() + TimeDelta::hours(hours);
        (row.charges[0].day, row.failed) = (route_policy::Day::of(row.at), true);
        ledger.record(row).unwrap();
    }
    ledger.flush().await.unwrap();
    let later = noon() + TimeDelta::days(100);
    for rollup in &ledger.pending_rollups(later, 100).await.unwrap()[..55] {
        ledger.mark_recorded(rollup.hour, rollup.version).await.unwrap();
    }
    assert_eq!(ledger.prune(later).await.unwrap().usage_rows, 55, "more than one batch");
    assert_eq!(ledger.pending_rollups(later, 100).await.unwrap().len(), 5);
    assert!(ledger.day_totals(today()).await.unwrap().is_empty(), "budgets of old days go too");
    assert_eq!(ledger.prune(noon() + TimeDelta::days(370)).await.unwrap().usage_rows, 5);
    assert!(ledger.pending_rollups(later, 100).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_audit_log_outlives_the_requests() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.audit(entry("channel.disable", "a")).await.unwrap();
    assert_eq!(ledger.prune(noon() + TimeDelta::days(729)).await.unwrap().audit_entries, 0);
    assert_eq!(ledger.prune(noon() + TimeDelta::days(731)).await.unwrap().audit_entries, 1);
}

#[tokio::test]
async fn the_room_of_what_went_is_given_back() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for n in 0..3_000 {
        let mut bulky = row(&n.to_string(), "alice", "a", "0.1");
        bulky.decision[0].outcome = "x".repeat(500).into();
        ledger.record(bulky).unwrap();
    }
    ledger.close().await.unwrap();
    let size = || std::fs::metadata(folder.path().join("gateway.sqlite")).unwrap().len();
    let full = size();
    let (ledger, _) = open(folder.path());
    ledger.prune(noon() + TimeDelta::days(91)).await.unwrap();
    assert!(ledger.requests(RequestFilter::default(), None, 1).await.unwrap().rows.is_empty());
    ledger.lease("a", today(), yuan("1"), None).await.unwrap();
    ledger.close().await.unwrap();
    assert!(size() < full / 4, "{} of {full} bytes", size());
}
