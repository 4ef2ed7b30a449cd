//! Requests: recorded once, read back whole.

use chrono::TimeDelta;
use gateway_ledger::{Considered, RequestFilter, SpendingBy, SpendingQuery};
use tempfile::TempDir;

use crate::support::{at, charge, noon, open, row, today, yuan};

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
    tomorrow.charges[0].day = today().next();
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
async fn a_list_goes_by_the_time_of_arrival_within_its_bounds() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    // They end in another order than they came in.
    for second in [3, 1, 4, 0, 2] {
        let mut row = row(&second.to_string(), "alice", "a", "0.1");
        row.at = noon() + TimeDelta::seconds(second) + TimeDelta::milliseconds(500);
        ledger.record(row).unwrap();
    }
    ledger.flush().await.unwrap();
    let ids = async |from: Option<i64>, to: Option<i64>| {
        let moment = |millis: i64| noon() + TimeDelta::milliseconds(millis);
        let filter = RequestFilter { from: from.map(moment), to: to.map(moment), ..RequestFilter::default() };
        let rows = ledger.requests(filter, None, 10).await.unwrap().rows;
        rows.iter().map(|row| row.id.as_ref()).collect::<String>()
    };
    assert_eq!(ids(None, None).await, "43210");
    assert_eq!(ids(Some(1_500), Some(3_500)).await, "21", "from is in, to is not");
    assert_eq!(ids(Some(1_501), None).await, "432");
    assert_eq!(ids(None, Some(500)).await, "");
}

#[tokio::test]
async fn a_filter_that_nothing_fits_is_asked_in_pages_that_look_at_a_bounded_number_of_rows() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.record(row("the-first", "alice", "a", "0.1")).unwrap();
    for n in 0..50_100 {
        let mut row = row(&format!("{n:016x}"), "bob", "a", "0.1");
        row.at = noon() + TimeDelta::milliseconds(1 + n);
        (row.charges, row.decision) = (Vec::new(), Vec::new());
        ledger.record(row).unwrap();
    }
    ledger.flush().await.unwrap();
    let filter = RequestFilter { profile: Some("alice".to_owned()), ..RequestFilter::default() };
    let first = ledger.requests(filter.clone(), None, 5).await.unwrap();
    assert!(first.rows.is_empty());
    let rest = ledger.requests(filter, first.next, 5).await.unwrap();
    assert_eq!((rest.rows[0].id.as_ref(), rest.next), ("the-first", None));
}

#[tokio::test]
async fn ids_that_look_alike_are_told_apart_and_come_back_as_they_were() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    // The gateway's own form is stored as a number; these differ from it, or from each other, by a hair.
    let ids = ["00000000000000ff", "00000000000000FF", "255", "ff", "ffffffffffffffff", "-1", "", "0000000000000255"];
    for id in ids {
        ledger.record(row(id, "alice", "a", "0.1")).unwrap();
    }
    ledger.flush().await.unwrap();
    assert_eq!(ledger.stats().written_rows, ids.len() as u64);
    for id in ids {
        assert_eq!(ledger.request(id).await.unwrap().unwrap().id.as_ref(), id);
    }
}

#[tokio::test]
async fn rows_of_the_same_millisecond_stand_beside_each_other_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    for start in 0..3 {
        let (ledger, _) = open(folder.path());
        for n in 0..50 {
            ledger.record(row(&format!("{start}-{n}"), "alice", "a", "0.1")).unwrap();
        }
        ledger.close().await.unwrap();
    }
    let (ledger, _) = open(folder.path());
    assert_eq!(ledger.requests(RequestFilter::default(), None, 1_000).await.unwrap().rows.len(), 150);
}
