//! A process that keeps the books is killed, again and again, at whatever it is doing.
//!
//! The child leases, "spends" (says so on its standard output, as an upstream would bill it) and records. What the books
//! say afterwards is held against what it said.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use gateway_ledger::{Ledger, LedgerOptions, RequestFilter, RequestRow};
use route_policy::Cny;
use tempfile::TempDir;

use crate::support::{noon, open, row, today, told_folder, yuan};

const FOLDER: &str = "GATEWAY_LEDGER_KILLED";
const CHANNELS: usize = 4;
const LIMIT: &str = "30";
const BLOCK: &str = "0.5";
const PRICE: &str = "0.02";

#[test]
fn child() {
    let Some(folder) = told_folder(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let options = LedgerOptions { group_commit_ms: 2, ..LedgerOptions::default() };
        let (ledger, recovery) = Ledger::open(&folder, options, noon()).unwrap();
        let relays = (0..CHANNELS).map(|n| {
            let channel = format!("c{n}");
            let spent =
                recovery.spent.iter().find(|(name, ..)| *name == channel).map_or(Cny::ZERO, |(.., spent)| *spent);
            tokio::spawn(relay(ledger.clone(), channel, spent))
        });
        for relay in relays.collect::<Vec<_>>() {
            relay.await.unwrap();
        }
        say("spent", "all", Cny::ZERO);
        // Until it is killed.
        std::future::pending::<()>().await;
    });
}

fn say(what: &str, whom: &str, amount: Cny) {
    let line = format!("> {what} {whom} {}\n", amount.nano());
    // One write, so that a kill leaves whole lines.
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// Spends what it leases, request by request, until the budget of the day is gone.
async fn relay(ledger: Ledger, channel: String, mut spent: Cny) {
    let (process, mut leased) = (std::process::id(), spent);
    for number in 0_u32.. {
        if spent + yuan(PRICE) > leased {
            let granted = ledger.lease(&channel, today(), yuan(BLOCK), Some(yuan(LIMIT))).await.unwrap();
            if granted < yuan(PRICE) {
                return;
            }
            leased += granted;
            say("leased", &channel, granted);
        }
        spent += yuan(PRICE);
        let id = format!("{channel}-{process}-{number}");
        say("billed", &channel, yuan(PRICE));
        ledger.record(row(&id, "alice", &channel, PRICE)).unwrap();
        if number % 16 == 7 {
            ledger.flush().await.unwrap();
            say("durable", &id, Cny::ZERO);
        }
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::child", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets it say `lines` lines, kills it, and returns everything that it said.
fn run_and_kill(folder: &Path, lines: usize) -> Vec<[String; 3]> {
    let mut child = start(folder);
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(words) = line.strip_prefix("> ") else { continue };
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        said.push(<[String; 3]>::try_from(words).unwrap());
        if said.len() == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(said.len() >= lines, "it ended by itself after {} lines", said.len());
    said
}

fn sum(said: &[[String; 3]], what: &str, channel: &str) -> Cny {
    let amounts = said.iter().filter(|line| line[0] == what && line[1] == channel);
    amounts.map(|line| Cny::from_nano(line[2].parse().unwrap())).sum()
}

#[tokio::test]
async fn a_process_that_is_killed_has_never_spent_more_than_the_books_say() {
    let folder = TempDir::new().unwrap();
    let (mut billed, mut before) = (BTreeMap::<String, Cny>::new(), BTreeMap::<String, Cny>::new());
    let mut all_gone = false;
    // Early, in the middle, late; coprime steps, so that no phase of the work is always spared.
    for round in 0..12_usize {
        let lines = if all_gone { 1 } else { 1 + (round * 389) % 700 };
        let said = run_and_kill(folder.path(), lines);
        all_gone |= said.iter().any(|line| line[1] == "all");
        let (ledger, recovery) = open(folder.path());
        let mut written_off = Cny::ZERO;
        for channel in (0..CHANNELS).map(|n| format!("c{n}")) {
            let spent =
                recovery.spent.iter().find(|(name, ..)| *name == channel).map_or(Cny::ZERO, |(.., spent)| *spent);
            let off: Cny = recovery.written_off.iter().filter(|off| off.channel == channel).map(|off| off.amount).sum();
            let billed = billed.entry(channel.clone()).or_default();
            *billed += sum(&said, "billed", &channel);
            let before = before.entry(channel.clone()).or_default();
            // A grant of which it could not tell any more.
            let leased = sum(&said, "leased", &channel) + yuan(BLOCK);
            assert!(spent >= *billed, "round {round}: {channel} was billed {billed}, the books say {spent}");
            assert!(spent <= *before + leased, "round {round}: {channel}: {spent} of {before} + {leased}");
            assert!(spent <= yuan(LIMIT), "round {round}: {channel}: {spent}");
            assert!(off <= leased, "round {round}: {channel}: {off} written off");
            *before = spent;
            written_off += off;
        }
        for line in said.iter().filter(|line| line[0] == "durable") {
            assert!(ledger.request(&line[1]).await.unwrap().is_some(), "round {round}: {} was durable", line[1]);
        }
        // Each of its rows once, and rows and write-offs make up the whole.
        let rows = all_rows(&ledger).await;
        let recorded: Cny = rows.iter().map(RequestRow::cny).sum();
        let ids: std::collections::BTreeSet<Arc<str>> = rows.iter().map(|row| row.id.clone()).collect();
        assert_eq!(ids.len(), rows.len());
        let totals = ledger.day_totals(today()).await.unwrap();
        assert_eq!(
            totals.iter().map(|total| total.charged).sum::<Cny>(),
            recorded + totals.iter().map(|total| total.written_off).sum()
        );
        assert_eq!(recovery.written_off.iter().map(|off| off.amount).sum::<Cny>(), written_off);
        ledger.close().await.unwrap();
    }
}

async fn all_rows(ledger: &Ledger) -> Vec<RequestRow> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.requests(RequestFilter::default(), after, 1_000).await.unwrap();
        rows.extend(page.rows);
        let Some(next) = page.next else { return rows };
        after = Some(next);
    }
}
