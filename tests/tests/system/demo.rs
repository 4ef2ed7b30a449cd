//! `twilight demo`: it shows what it promises, and nothing of it stays behind.

use std::{
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use system_tests::{binary, eventually, run, within};

const BOUND: Duration = Duration::from_secs(120);

fn demo(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(binary("twilight"));
    command.arg("demo").args(words.split_whitespace()).arg("--folder").arg(folder);
    command
}

/// Every address on this machine that the demo named: Redis, the vendors, SearXNG, the provider of language models, the
/// receiver of alerts, the daemons.
fn addresses(said: &str) -> Vec<String> {
    let named = said.lines().filter_map(|line| line.split_once("127.0.0.1:"));
    let port = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    let mut addresses: Vec<String> = named.map(|(_, rest)| format!("127.0.0.1:{}", port(rest))).collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

/// Nothing answers any more, and no process of the demo is left.
async fn nothing_is_left(said: &str, folder: &Path) {
    let addresses = addresses(said);
    assert_eq!(addresses.len(), 15, "{said}");
    eventually("nobody listens any more", async || {
        addresses.iter().all(|address| TcpStream::connect(address).is_err()).then_some(())
    })
    .await;
    let folder = folder.to_str().unwrap();
    eventually("no process is left", async || {
        let processes = Command::new("ps").args(["-A", "-o", "args="]).output().unwrap();
        (!String::from_utf8_lossy(&processes.stdout).contains(folder)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_round_of_the_demo_shows_everything_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let answer = run(demo(folder.path(), "--once --days 2 --history 10 --codes 60"), BOUND).await;
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for promised in [
        "published, verified whole",
        "bars equal",
        "closes equal",
        "bars of 4 codes equal",
        "of Tushare, ",
        "2 findings, 0 false alarms",
        "warning cross_source ",
        "error nonpositive_price ",
        "nonpositive_price: resolved",
        "then discarded",
        "240 of 8 profiles, 0 errors",
        "key-2 refused ",
        "in the books and on the provider's invoice",
        "results of 360search, baidu, bing, sogou",
        "results of brave, duckduckgo, google, yep",
        "the 11th of a minute was refused",
        "in git, on its host and alive after ",
        "variables in .env, 0600; no secret in git",
        "a chat, the market's data, the web's search",
        "the same again changed nothing, a forged one got 401, next month's: ",
        "/warehouse/daily?code=",
    ] {
        assert!(answer.stdout.contains(promised), "{promised}: {}", answer.stdout);
    }
    nothing_is_left(&answer.stdout, folder.path()).await;
}

/// A demo that was started and is killed with its children at the latest when this is dropped.
struct Playing(Child);

impl Drop for Playing {
    fn drop(&mut self) {
        // SIGTERM, so that it ends its own children; an error says that it has ended already.
        let _ = self.signal(Signal::TERM);
        let _ = self.0.wait();
    }
}

impl Playing {
    fn signal(&self, signal: Signal) -> rustix::io::Result<()> {
        kill_process(self.0.id().try_into().ok().and_then(Pid::from_raw).unwrap(), signal)
    }
}

/// Starts a demo, waits until it says `moment`, interrupts it, and returns its exit code and what it said.
async fn interrupted(folder: &Path, words: &str, moment: &str) -> (Option<i32>, String) {
    let output = folder.join("output");
    let mut command = demo(folder, words);
    command.stdin(Stdio::null()).stdout(std::fs::File::create(&output).unwrap());
    let mut playing = Playing(command.spawn().unwrap());
    let said = || std::fs::read_to_string(&output).unwrap();
    within(BOUND, moment, async || said().contains(moment).then_some(())).await;
    playing.signal(Signal::INT).unwrap();
    let status = eventually("the demo ends", async || playing.0.try_wait().unwrap()).await;
    (status.code(), said())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_is_interrupted_while_it_ingests_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) =
        interrupted(folder.path(), "--days 400 --history 10 --codes 60", "profile-registry http://").await;
    assert_eq!(code, Some(1), "{said}");
    nothing_is_left(&said, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_stays_up_ends_well_when_it_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = interrupted(folder.path(), "--days 1 --history 0 --codes 40", "Stays up until Ctrl-C.").await;
    assert_eq!(code, Some(0), "{said}");
    nothing_is_left(&said, folder.path()).await;
}
