//! Tests on a disk that is full: SQLite is told that the file may not grow.

use std::sync::Arc;

use route_policy::{Cny, Day};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{AuditEntry, Full, Ledger, LedgerError, LedgerOptions, RequestRow};

fn row(n: usize) -> RequestRow {
    RequestRow {
        id: Arc::from(format!("{n:016x}")),
        at: "2026-11-23T04:00:00Z".parse().unwrap(),
        profile: Arc::from("alice"),
        token_id: None,
        endpoint: "chat.completions".into(),
        model: Arc::from("m".repeat(100)),
        stream: false,
        outcome: "ok".into(),
        failed: false,
        status: 200,
        latency_ms: 1,
        first_byte_ms: None,
        waited_ms: 0,
        charges: Vec::new(),
        decision: Vec::new(),
    }
}

/// Until SQLite has taken the last free byte of the pages that it may still use.
async fn fill(ledger: &Ledger) -> LedgerError {
    let entry = AuditEntry {
        at: "2026-11-23T04:00:00Z".parse().unwrap(),
        actor: "x".repeat(2_000),
        action: "fill".into(),
        subject: String::new(),
        before: None,
        after: None,
    };
    loop {
        if let Err(error) = ledger.audit(entry.clone()).await {
            return error;
        }
    }
}

async fn pages_at_most(ledger: &Ledger, pages: u32) {
    let set = move |connection: &mut Connection| Ok(connection.pragma_update(None, "max_page_count", pages)?);
    ledger.outside_of_transactions(set).await.unwrap();
}

#[tokio::test]
async fn rows_wait_for_room_within_bounds_and_nothing_is_granted_until_there_is_some() {
    let folder = TempDir::new().unwrap();
    let options = LedgerOptions { group_commit_ms: 1, max_pending: 500, ..LedgerOptions::default() };
    let now = "2026-11-23T04:00:00Z".parse().unwrap();
    let (ledger, _) = Ledger::open(folder.path(), options, now).unwrap();
    pages_at_most(&ledger, 60).await;
    assert!(fill(&ledger).await.is_disk_full());

    for n in 0..500 {
        ledger.record(row(n)).unwrap();
    }
    assert!(ledger.flush().await.unwrap_err().is_disk_full());
    let stats = ledger.stats();
    assert_eq!((stats.pending, stats.written_rows), (500, 0));
    assert!(stats.trouble.is_some());
    assert_eq!(ledger.record(row(500)).unwrap_err(), Full { sums_kept: true });
    // A group may need a new page where a small row still finds room in an old one.
    let mut granted = Cny::ZERO;
    let day = Day::of(now);
    for n in 0..200 {
        granted +=
            ledger.lease(&format!("{n}{}", "c".repeat(500)), day, Cny::from_yuan(1), None).await.unwrap_or_default();
    }
    let totals = ledger.day_totals(day).await.unwrap();
    assert_eq!(totals.iter().map(|total| total.leased).sum::<Cny>(), granted, "what failed granted nothing");
    assert!(granted < Cny::from_yuan(200));

    pages_at_most(&ledger, 100_000).await;
    // The writer tries again by itself, at the latest when somebody waits for it.
    let mut flushed = ledger.flush().await;
    while flushed.is_err() {
        flushed = ledger.flush().await;
    }
    let stats = ledger.stats();
    assert_eq!((stats.pending, stats.written_rows, stats.lost_rows, stats.lost_sums), (0, 500, 1, 0));
    assert_eq!(stats.trouble, None);
    let cut = ledger.pending_rollups(now + chrono::TimeDelta::hours(2), 1).await.unwrap();
    assert_eq!(cut[0].rows[0].requests, 501, "the lost row still counts");
    assert!(ledger.lease("a", day, Cny::from_yuan(1), None).await.unwrap() > Cny::ZERO);
}

#[tokio::test]
async fn what_a_full_disk_does_not_take_at_the_end_is_written_off_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    let now = "2026-11-23T04:00:00Z".parse().unwrap();
    let options = LedgerOptions { group_commit_ms: 1, ..LedgerOptions::default() };
    let (ledger, _) = Ledger::open(folder.path(), options, now).unwrap();
    ledger.lease("a", Day::of(now), Cny::from_yuan(2), None).await.unwrap();
    pages_at_most(&ledger, 60).await;
    assert!(fill(&ledger).await.is_disk_full());
    for n in 0..500 {
        ledger.record(row(n)).unwrap();
    }
    let watcher = ledger.clone();
    assert!(ledger.close().await.unwrap_err().is_disk_full());
    let stats = watcher.stats();
    assert_eq!((stats.pending, stats.lost_rows, stats.lost_sums), (0, 500, 500), "it says what it lost");
    drop(watcher);
    let (_, recovery) = Ledger::open(folder.path(), options, now).unwrap();
    assert_eq!(recovery.written_off[0].amount, Cny::from_yuan(2));
}

#[tokio::test]
async fn a_writer_that_dies_says_so_and_leaves_the_folder_to_the_next() {
    let folder = TempDir::new().unwrap();
    let now = "2026-11-23T04:00:00Z".parse().unwrap();
    let (ledger, _) = Ledger::open(folder.path(), LedgerOptions::default(), now).unwrap();
    let died = ledger.write(|_| -> Result<(), LedgerError> { panic!("on purpose") }).await;
    assert_eq!(died.unwrap_err(), LedgerError::Closed);
    assert_eq!(ledger.clone().close().await.unwrap_err(), LedgerError::Closed);
    assert!(ledger.stats().trouble.is_some());
    assert_eq!(ledger.record(row(1)).unwrap_err(), Full { sums_kept: false });
    assert_eq!(ledger.flush().await.unwrap_err(), LedgerError::Closed);
    Ledger::open(folder.path(), LedgerOptions::default(), now).unwrap();
}
