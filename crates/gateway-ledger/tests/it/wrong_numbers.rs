//! What upstreams and callers say is not believed beyond reason.

use std::sync::Arc;

use gateway_ledger::{SpendingBy, SpendingQuery};
use route_policy::{Cny, Usage};
use tempfile::TempDir;

use crate::support::{noon, open, row, today, yuan};

fn by(by: SpendingBy) -> SpendingQuery {
    let to = noon() + chrono::TimeDelta::hours(1);
    SpendingQuery { from: noon(), to, by, profile: None, channel: None, model: None }
}

#[tokio::test]
async fn absurd_usage_and_charges_leave_the_reports_readable() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for n in 0..6 {
        let mut lie = row(&n.to_string(), "alice", "a", "0.1");
        let all = u64::MAX;
        lie.charges[0].usage = Usage { input: all, cached_input: all, output: all, thinking: all };
        (lie.charges[0].cny, lie.charges[0].breach) = (Cny::MAX, Some(Cny::MAX));
        ledger.record(lie.clone()).unwrap();
        ledger.flush().await.unwrap();
        assert_eq!(ledger.request(&lie.id).await.unwrap(), Some(lie), "the record says what was said");
    }
    let spent = ledger.spending(by(SpendingBy::Profile)).await.unwrap();
    assert_eq!((spent.len(), spent[0].requests), (1, 6));
    assert!(spent[0].usage.input >= 1_000_000_000_000 && spent[0].cny > Cny::from_yuan(1_000_000_000));
    assert_eq!(ledger.lease("a", today(), yuan("2"), Some(yuan("500"))).await.unwrap(), yuan("0"));
    let over = noon() + chrono::TimeDelta::hours(2);
    assert_eq!(ledger.pending_rollups(over, 10).await.unwrap()[0].rows[0].requests, 6);
    ledger.close().await.unwrap();
    open(folder.path());
}

#[tokio::test]
async fn model_names_that_callers_make_up_become_no_lines_of_reports() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for n in 0..200 {
        let mut unknown = row(&n.to_string(), "alice", "a", "0.1");
        unknown.model = Arc::from(format!("{n}{}", "错".repeat(100)));
        (unknown.charges, unknown.decision[0].channel, unknown.failed) = (Vec::new(), None, true);
        ledger.record(unknown).unwrap();
    }
    ledger.flush().await.unwrap();
    let models = ledger.spending(by(SpendingBy::Model)).await.unwrap();
    assert_eq!((models.len(), models[0].key.as_str(), models[0].requests, models[0].failures), (1, "", 200, 200));
    let kept = ledger.request("7").await.unwrap().unwrap().model;
    assert!(kept.starts_with("7错") && kept.len() <= 128, "{kept}");
}

#[tokio::test]
async fn leases_of_nothing_or_less_grant_nothing() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    for (amount, limit) in [("-1", None), ("0", None), ("1", Some("-5")), ("-1", Some("5"))] {
        assert_eq!(ledger.lease("a", today(), yuan(amount), limit.map(yuan)).await.unwrap(), Cny::ZERO);
    }
    assert!(ledger.day_totals(today()).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_who_lease_at_once_never_get_more_than_there_is() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let many = (0..50).map(|_| {
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.lease("a", today(), yuan("0.3"), Some(yuan("10"))).await.unwrap() })
    });
    let mut granted = Cny::ZERO;
    for one in many.collect::<Vec<_>>() {
        granted += one.await.unwrap();
    }
    assert_eq!(granted, yuan("10"));
    assert_eq!(ledger.day_totals(today()).await.unwrap()[0].leased, yuan("10"));
}
