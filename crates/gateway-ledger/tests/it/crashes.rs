//! What the books say after a process died, or somebody tampered with its files.

use std::{fs, fs::OpenOptions};

use gateway_ledger::{Ledger, LedgerError, LedgerOptions, WRITTEN_OFF, WrittenOff};
use proptest::prelude::*;
use route_policy::Cny;
use tempfile::TempDir;

use crate::support::{as_after_a_kill, at, noon, open, open_at, row, today, yuan};

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

#[tokio::test]
async fn a_second_process_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let refused = Ledger::open(folder.path(), LedgerOptions::default(), noon()).unwrap_err();
    let own = std::process::id();
    assert!(matches!(refused, LedgerError::Locked { pid: Some(pid), .. } if pid == own), "{refused}");
    let other = ledger.clone();
    ledger.close().await.unwrap();
    assert_eq!(other.flush().await.unwrap_err(), LedgerError::Closed);
    assert!(!other.record(row("1", "alice", "a", "0.3")).unwrap_err().sums_kept);
    open(folder.path());
}

#[test]
fn what_is_no_ledger_or_a_newer_one_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("gateway.sqlite");
    fs::write(&file, "this is no database, and long enough to be taken for one: ".repeat(40)).unwrap();
    let before = fs::read(&file).unwrap();
    let refused = Ledger::open(folder.path(), LedgerOptions::default(), noon()).unwrap_err();
    assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), before);

    fs::remove_file(&file).unwrap();
    let newer = rusqlite::Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let refused = Ledger::open(folder.path(), LedgerOptions::default(), noon()).unwrap_err();
    assert!(matches!(refused, LedgerError::SchemaTooNew { found: 99, .. }), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However much of the log a crash of the machine leaves: the books open, and say what they said at some moment.
    #[test]
    fn a_torn_log_leaves_an_earlier_state_of_the_books(torn in 0.0..1.0_f64) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = TempDir::new().unwrap();
            let (ledger, _) = open(folder.path());
            for n in 0..20 {
                ledger.lease("a", today(), yuan("1"), None).await.unwrap();
                ledger.record(row(&n.to_string(), "alice", "a", "0.5")).unwrap();
                ledger.flush().await.unwrap();
            }
            let killed = as_after_a_kill(folder.path());
            let log = OpenOptions::new().write(true).open(killed.path().join("gateway.sqlite-wal")).unwrap();
            let length = log.metadata().unwrap().len();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
            log.set_len((length as f64 * torn) as u64).unwrap();
            drop(log);
            let Ok((after, recovery)) = Ledger::open(killed.path(), LedgerOptions::default(), noon()) else { return };
            let totals = after.day_totals(today()).await.unwrap();
            for total in &totals {
                let rows = after.requests(Default::default(), None, 100).await.unwrap().rows;
                let recorded: Cny = rows.iter().map(gateway_ledger::RequestRow::cny).sum();
                assert_eq!(total.charged, recorded + total.written_off, "rows and sums belong together");
                assert!(total.leased >= recorded);
                assert_eq!(recovery.spent[0].2, total.leased);
            }
        });
    }
}
