//! Who may open the books, and what is refused.

use std::{fs, process::Command};

use gateway_ledger::{Ledger, LedgerError, LedgerOptions};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::{noon, open, row, told_folder};

const FOLDER: &str = "GATEWAY_LEDGER_OPENED_TWICE";

#[test]
fn child() {
    let Some(folder) = told_folder(FOLDER) else { return };
    match Ledger::open(&folder, LedgerOptions::default(), noon()) {
        Err(LedgerError::Locked { pid, .. }) => println!("> refused for {}", pid.unwrap_or_default()),
        other => println!("> {other:?}"),
    }
}

#[tokio::test]
async fn a_second_process_is_refused_by_the_name_of_the_first() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let second = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "opening::child", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stdout).into_owned();
    assert!(said.contains(&format!("> refused for {}", std::process::id())), "{said}");
    let refused = Ledger::open(folder.path(), LedgerOptions::default(), noon()).unwrap_err().to_string();
    for part in [folder.path().to_str().unwrap(), "gateway.lock", &std::process::id().to_string()] {
        assert!(refused.contains(part), "{part} in {refused}");
    }
    ledger.close().await.unwrap();
    open(folder.path());
}

#[tokio::test]
async fn a_closed_ledger_says_so_to_its_other_handles() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let other = ledger.clone();
    ledger.close().await.unwrap();
    assert_eq!(other.flush().await.unwrap_err(), LedgerError::Closed);
    assert!(!other.record(row("1", "alice", "a", "0.3")).unwrap_err().sums_kept);
    assert_eq!(other.stats().lost_rows, 1);
    other.close().await.unwrap_err();
}

#[test]
fn what_is_no_ledger_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("gateway.sqlite");
    let refused_unchanged = || {
        let before = fs::read(&file).unwrap();
        let refused = Ledger::open(folder.path(), LedgerOptions::default(), noon()).unwrap_err();
        assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
        assert!(refused.to_string().contains("gateway.sqlite"));
        assert_eq!(fs::read(&file).unwrap(), before);
    };
    fs::write(&file, "this is no database, and long enough to be taken for one: ".repeat(40)).unwrap();
    refused_unchanged();
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE channels (id INTEGER PRIMARY KEY)").unwrap();
    refused_unchanged();
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_both_numbers() {
    let folder = TempDir::new().unwrap();
    open(folder.path()).0.close().await.unwrap();
    let newer = Connection::open(folder.path().join("gateway.sqlite")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let refused = Ledger::open(folder.path(), LedgerOptions::default(), noon()).unwrap_err();
    assert!(matches!(refused, LedgerError::SchemaTooNew { found: 99, .. }), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_the_books() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("gateway");
    let (ledger, _) = open(&folder);
    ledger.flush().await.unwrap();
    let rights = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&folder), 0o700);
    for name in ["gateway.sqlite", "gateway.sqlite-wal"] {
        assert_eq!(rights(&folder.join(name)), 0o600, "{name}");
    }
}
