//! A disk that is full, as the system tells it: a child runs under a limit on the size of a file, so that its writes fail
//! half-way, and lifts the limit later.

use std::{path::Path, process::Command};

use gateway_ledger::{Full, Ledger, LedgerError, LedgerOptions, RequestFilter, RequestRow, SpendingBy, SpendingQuery};
use route_policy::Cny;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::support::{entry, noon, open, row, today, told_folder, yuan};

const FOLDER: &str = "GATEWAY_LEDGER_FULL_DISK";
/// In blocks of 512 bytes, as `ulimit -f` counts: 1 MB.
const LIMIT_BLOCKS: &str = "2048";
const PENDING: usize = 64;

fn kind<T: std::fmt::Debug>(result: &Result<T, LedgerError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(LedgerError::DiskFull(_)) => "disk-full",
        Err(_) => "another",
    }
}

/// A row of some kilobytes.
fn bulky(id: usize) -> RequestRow {
    let mut row = row(&id.to_string(), "alice", "a", "0.01");
    row.decision[0].outcome = format!("{id}").repeat(2_000).into();
    row
}

#[test]
fn child() {
    let Some(folder) = told_folder(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(fill_and_go_on(&folder));
}

async fn fill_and_go_on(folder: &Path) {
    let options = LedgerOptions { group_commit_ms: 1, max_pending: PENDING, ..LedgerOptions::default() };
    let (ledger, _) = Ledger::open(folder, options, noon()).unwrap();
    println!("> lease {}", kind(&ledger.lease("a", today(), yuan("100"), None).await));
    let mut recorded = 0;
    let refused = loop {
        ledger.record(bulky(recorded)).unwrap();
        recorded += 1;
        let flushed = ledger.flush().await;
        if flushed.is_err() {
            break kind(&flushed);
        }
    };
    println!("> flush {refused}");
    println!("> trouble {}", ledger.stats().trouble.is_some());
    println!("> read {}", ledger.request("0").await.unwrap().is_some());
    while ledger.stats().pending < PENDING {
        ledger.record(bulky(recorded)).unwrap();
        recorded += 1;
    }
    println!(
        "> one more {:?}",
        ledger.record(row("lost", "alice", "a", "0.01")).unwrap_err() == Full { sums_kept: true }
    );
    println!("> audit {}", kind(&ledger.audit(entry_of_size(200_000)).await));

    // Somebody makes room.
    let hard = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: hard, maximum: hard }).unwrap();
    println!("> flush {}", kind(&ledger.flush().await));
    println!("> lease {}", kind(&ledger.lease("b", today(), yuan("1"), None).await));
    println!("> trouble {}", ledger.stats().trouble.is_some());
    println!("> recorded {recorded}");
    ledger.flush().await.unwrap();
    std::process::abort();
}

fn entry_of_size(bytes: usize) -> gateway_ledger::AuditEntry {
    gateway_ledger::AuditEntry { after: Some("x".repeat(bytes).into()), ..entry("channel.note", "a") }
}

#[tokio::test]
async fn a_full_disk_stops_leases_not_answers_and_room_brings_everything_back() {
    let folder = TempDir::new().unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -S -f \"$1\" && trap '' XFSZ && shift && exec \"$@\"", "sh", LIMIT_BLOCKS])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full_disk::child", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let said: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    let expected = ["lease ok", "flush disk-full", "trouble true", "read true", "one more true", "audit disk-full"];
    assert_eq!(said.get(..6), Some(&expected[..]), "{said:?}\n{errors}");
    assert_eq!(said.get(6..9), Some(&["flush ok", "lease ok", "trouble false"][..]), "{said:?}\n{errors}");
    let recorded: usize = said[9].strip_prefix("recorded ").unwrap().parse().unwrap();
    assert!(recorded > PENDING + 20, "{said:?}");

    let (ledger, recovery) = open(folder.path());
    let rows = ledger.requests(RequestFilter::default(), None, 10_000).await.unwrap().rows;
    assert_eq!(rows.len(), recorded, "what waited was written when there was room");
    assert!(ledger.request("lost").await.unwrap().is_none());
    let query = SpendingQuery {
        from: noon(),
        to: noon() + chrono::TimeDelta::hours(1),
        by: SpendingBy::Profile,
        profile: Some("alice".to_owned()),
        channel: None,
        model: None,
    };
    let spent = ledger.spending(query).await.unwrap().remove(0);
    let all = Cny::from_nano(yuan("0.01").nano() * (recorded as i64 + 1));
    assert_eq!((spent.requests, spent.cny), (recorded as u64 + 1, all), "the lost row's money is not lost");
    assert_eq!(recovery.spent, [("a".to_owned(), today(), yuan("100")), ("b".to_owned(), today(), yuan("1"))]);
    assert_eq!(recovery.written_off[0].amount, yuan("100") - all);
}
