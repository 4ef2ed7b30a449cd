//! `kill -9` at random under load: what the books count as spent covers the provider's invoice, by no more than the leases
//! that were out, and nobody is charged twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use daemon_kit::clock::Clock;
use futures::future::join_all;
use gateway_ledger::{Ledger, LedgerOptions, RequestFilter, RequestRow, WrittenOff};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use route_policy::{Cny, Day};
use serde_json::json;
use system_tests::{
    eventually,
    gateway::{Caller, Gateway, GatewaySettings, GatewayStage, chat_body},
};
use tokio::{sync::watch, task::JoinHandle};

use super::{budgets::DEAR, kit::set_budget, soak};

/// In `make test`; `make soak` asks for more.
const KILLS: usize = 25;
const KEYS: [&str; 3] = ["key-1", "key-2", "key-3"];
const CALLERS: usize = 12;
/// What key-1 may cost a day; it is used up on the way. Of the others enough is there for every block that a kill loses.
const SMALL_BUDGET: i64 = 40;
const fn large_budget(kills: usize) -> i64 {
    20 * kills as i64 + 1_000
}

/// What a gateway is killed after: always something that happens, never a time.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// At once: it is starting, or taking its first leases.
    Now,
    /// So many calls to the provider since it started.
    Calls(u64),
    /// The books are being written to, after so many calls.
    BooksGrow(u64),
}

impl Moment {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        match random.random_range(0..8) {
            0 => Self::Now,
            1..=3 => Self::BooksGrow(random.random_range(1..30)),
            _ => Self::Calls(random.random_range(1..60)),
        }
    }

    async fn comes(self, stage: &GatewayStage) {
        let (calls, grown) = (answered(stage), log_size(stage));
        eventually(&format!("{self:?}"), async || {
            let since = answered(stage) - calls;
            let has_come = match self {
                Self::Now => true,
                Self::Calls(wanted) => since >= wanted,
                Self::BooksGrow(wanted) => since >= wanted && log_size(stage) != grown,
            };
            has_come.then_some(())
        })
        .await;
    }
}

fn answered(stage: &GatewayStage) -> u64 {
    stage.llm.books().values().map(|book| book.answered).sum()
}

/// Bytes of the books' write-ahead log.
fn log_size(stage: &GatewayStage) -> u64 {
    stage.books().join("gateway.sqlite-wal").metadata().map_or(0, |file| file.len())
}

/// Callers that ask until they are told to stop, wherever the gateway is.
struct Load {
    address: watch::Sender<String>,
    stop: Arc<AtomicBool>,
    callers: Vec<JoinHandle<BTreeMap<String, usize>>>,
}

impl Load {
    async fn start(gateway: &Gateway, seed: u64) -> Self {
        let (address, at) = watch::channel(gateway.url().to_owned());
        let stop = Arc::new(AtomicBool::new(false));
        let mut callers = Vec::new();
        for number in 0..CALLERS {
            let caller = gateway.caller(&format!("profile-{number}")).await;
            let random = ChaCha8Rng::seed_from_u64(seed * 1_000 + number as u64);
            callers.push(tokio::spawn(keep_asking(caller, at.clone(), stop.clone(), random)));
        }
        Self { address, stop, callers }
    }

    /// How often each outcome was met, after everybody has stopped.
    async fn stop(self) -> BTreeMap<String, usize> {
        self.stop.store(true, Ordering::Release);
        drop(self.address);
        let mut all = BTreeMap::new();
        for outcomes in join_all(self.callers).await {
            for (outcome, count) in outcomes.unwrap() {
                *all.entry(outcome).or_default() += count;
            }
        }
        all
    }
}

async fn keep_asking(
    caller: Caller,
    mut at: watch::Receiver<String>,
    stop: Arc<AtomicBool>,
    mut random: ChaCha8Rng,
) -> BTreeMap<String, usize> {
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    while !stop.load(Ordering::Acquire) {
        let caller = caller.at(&at.borrow_and_update());
        let wants = format!("[[tokens:{}]]", random.random_range(1..17));
        let mut body = chat_body(json!({"stream": random.random_bool(0.5)}));
        body["messages"][0]["content"] = wants.into();
        // One in eight hangs up as soon as the answer begins.
        let outcome = if random.random_ratio(1, 8) {
            caller.begin("/v1/chat/completions", &body).await.map(|head| format!("{} left", head.status().as_u16()))
        } else {
            caller.try_ask("/v1/chat/completions", &body).await.map(|said| match said.whole {
                true => format!("{} {}", said.status, said.code()).trim_end().to_owned(),
                false => "broken off".to_owned(),
            })
        };
        let killed = outcome.is_err();
        *outcomes.entry(outcome.unwrap_or_else(|_| "no answer".to_owned())).or_default() += 1;
        // Nobody listens there any more: the next one says where.
        if killed && at.changed().await.is_err() {
            break;
        }
    }
    outcomes
}

/// The books of a gateway that has ended, opened as the next one would.
async fn look(stage: &GatewayStage) -> (Ledger, Vec<WrittenOff>) {
    let (folder, now) = (stage.books(), Clock::system().now());
    let (ledger, recovery) = Ledger::open(&folder, LedgerOptions::default(), now).unwrap();
    (ledger, recovery.written_off)
}

/// What each key was billed on each day, in the books (that, and what of it was written off) and by the provider.
async fn compare(stage: &GatewayStage, ledger: &Ledger, budgets: &BTreeMap<&str, Cny>) -> Cny {
    let mut lost = Cny::ZERO;
    for key in KEYS {
        for (date, nano) in stage.llm.book(key).billed_by_day {
            let (day, billed) = (Day::from_date(date), Cny::from_nano(nano));
            let totals = ledger.day_totals(day).await.unwrap();
            let total = totals.iter().find(|total| total.channel == key);
            let total = total.unwrap_or_else(|| panic!("{key} was billed {billed}, the books know nothing"));
            let context = format!("{key} on {day}: billed {billed}, the books say {total:?}");
            assert!(total.charged >= billed, "less is counted than was billed: {context}");
            assert!(total.charged - billed <= total.written_off, "too much is counted: {context}");
            assert!(total.written_off <= total.estimated, "what was written off is an estimate: {context}");
            assert!(billed <= budgets[key] && total.charged <= budgets[key], "over the budget: {context}");
            lost += total.written_off;
        }
    }
    lost
}

/// Every request of the books: each id once, each charge what the provider billed for that very request.
async fn compare_requests(stage: &GatewayStage, ledger: &Ledger, kills: usize) {
    let mut billed: BTreeMap<String, i64> = BTreeMap::new();
    for call in stage.llm.calls().log() {
        if let Some(id) = call.request_id {
            *billed.entry(id).or_default() += call.billed_nano;
        }
    }
    let (mut seen, mut after) = (BTreeSet::new(), None);
    loop {
        let page = ledger.requests(RequestFilter::default(), after, 1_000).await.unwrap();
        for row in &page.rows {
            assert!(seen.insert(row.id.clone()), "{} is there twice", row.id);
            assert_eq!(exact(row), billed.get(&*row.id).copied().unwrap_or_default(), "{row:?}");
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(seen.len() > kills * 5, "{} requests are too few to show anything", seen.len());
}

/// What a row charges; none of these requests had to be estimated.
fn exact(row: &RequestRow) -> i64 {
    assert!(row.charges.iter().all(|charge| !charge.estimated && charge.breach.is_none()), "{row:?}");
    row.cny().nano()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_kills_lose_no_money_and_charge_nobody_twice() {
    let (kills, seed) = (soak::asked_for("SOAK_GATEWAY_KILLS", KILLS), soak::seed());
    let large_budget = large_budget(kills);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut settings = GatewaySettings { budget: large_budget.to_string(), ..GatewaySettings::keys(KEYS.len()) };
    settings.llm.price = DEAR;
    settings.llm.keep_calls = 10_000_000;
    settings.llm.answer.interval = std::time::Duration::from_millis(1);
    let stage = GatewayStage::new(settings).await;
    let mut gateway = stage.gateway().await;
    set_budget(&gateway, "key-1", &SMALL_BUDGET.to_string()).await;
    let budgets =
        BTreeMap::from(KEYS.map(|key| (key, Cny::from_yuan(if key == "key-1" { SMALL_BUDGET } else { large_budget }))));
    let load = Load::start(&gateway, seed).await;

    let mut lost = Cny::ZERO;
    for kill in 1..=kills {
        let moment = Moment::draw(&mut random);
        moment.comes(&stage).await;
        gateway.daemon.kill();
        stage.provider_is_idle().await;
        // Every other time the gateway itself has to find out what its forerunner left behind.
        if kill % 2 == 0 {
            let (ledger, written_off) = look(&stage).await;
            let now = compare(&stage, &ledger, &budgets).await;
            let outstanding: Cny = written_off.iter().map(|lease| lease.amount).sum();
            println!("kill {kill} at {moment:?}: {outstanding} written off now, {now} altogether");
            assert!(now >= lost, "what was written off stays so");
            lost = now;
            ledger.close().await.unwrap();
        }
        gateway = stage.gateway().await;
        load.address.send_replace(gateway.url().to_owned());
    }

    let outcomes = load.stop().await;
    println!("{outcomes:?}");
    let expected = ["200", "200 left", "no answer", "broken off"];
    let surprises: Vec<_> = outcomes.iter().filter(|(outcome, _)| !expected.contains(&outcome.as_str())).collect();
    assert!(surprises.is_empty(), "{surprises:?}");
    // Answers whose callers left are read on to their usage; a shutdown would cut that short, with an estimate.
    gateway.is_idle().await;
    gateway.daemon.stop().await;
    stage.provider_is_idle().await;
    let (ledger, written_off) = look(&stage).await;
    assert_eq!(written_off, [], "a gateway that ends in order gives its leases back");
    let lost = compare(&stage, &ledger, &budgets).await;
    println!("{lost} written off after {kills} kills");
    compare_requests(&stage, &ledger, kills).await;
    ledger.close().await.unwrap();
}
