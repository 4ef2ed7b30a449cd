//! A backfill of histories from TDX, with the worker killed in the middle and servers that fail: no finished code is
//! fetched again, and the end is that of an undisturbed run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use job_queue::payload::IngestJob;
use market_model::Code;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use system_tests::{Settings, Stage, eventually, recent_market};
use upstream_simulators::TdxFault;
use warehouse::{BackfillPhase, Reader, ReaderOptions, read_status};

const CODES: usize = if cfg!(feature = "soak") { 400 } else { 80 };
const DAYS: usize = 30;
const KILLS: usize = if cfg!(feature = "soak") { 50 } else { 5 };
const SERVERS: usize = 4;

async fn stage() -> Stage {
    let settings = Settings { tdx_servers: SERVERS, ..Settings::default() };
    Stage::with(&recent_market(CODES, DAYS as u64), settings).await
}

fn histories(stage: &Stage) -> IngestJob {
    let days = stage.days(DAYS);
    IngestJob::BackfillHistory { source: "tdx".to_owned(), codes: None, from: days[0], to: days[DAYS - 1], part: 0 }
}

async fn reference(stage: &Stage) {
    let job = IngestJob::FetchReference { source: "tushare".to_owned() };
    stage.done(&[stage.ask(&job).await]).await;
}

/// Waits until everything is served.
async fn served(stage: &Stage) {
    eventually("the backfill is served", async || {
        let progress = read_status(&stage.published()).unwrap()?.backfill?;
        assert_ne!(progress.phase, BackfillPhase::Failed, "{progress:?}");
        (progress.phase == BackfillPhase::Done).then_some(())
    })
    .await;
}

/// The codes whose histories are on disk.
fn staged(stage: &Stage) -> BTreeSet<Code> {
    let runs = std::fs::read_dir(stage.root().join("backfill")).into_iter().flatten().flatten();
    let files = runs.flat_map(|run| std::fs::read_dir(run.path().join("staged")).into_iter().flatten().flatten());
    files.filter_map(|file| file.file_name().to_str()?.strip_suffix(".staged")?.parse().ok()).collect()
}

/// How often each code's history was asked for, at all servers together. A probe asks for two bars only.
fn asked(stage: &Stage) -> BTreeMap<Code, usize> {
    let mut asked = BTreeMap::new();
    for server in &stage.vendors.tdx {
        let calls = server.calls().log().into_iter().filter(|call| call.method == "bars" && call.count > Some(2));
        for code in calls.filter_map(|call| call.code) {
            *asked.entry(code).or_default() += 1;
        }
    }
    asked
}

fn all_tdx(stage: &Stage, fault: &TdxFault) {
    for server in &stage.vendors.tdx {
        server.faults().always("bars", fault.clone());
    }
}

/// Every bar of the market in the range is served, with the market's prices.
fn equals_the_market(stage: &Stage) {
    let reader = Reader::open(stage.published(), ReaderOptions::default()).unwrap();
    let generation = reader.current().unwrap();
    let days = stage.days(DAYS);
    let mut rows = 0;
    for code in stage.market.codes() {
        let mut bars = Vec::new();
        generation.bars(code, days[0], days[DAYS - 1], &mut bars).unwrap();
        let truth: Vec<_> = days.iter().filter_map(|day| stage.market.bar(code, *day)).collect();
        let prices = |date: NaiveDate, prices: [f64; 4]| (date, prices);
        let found: Vec<_> = bars.iter().map(|bar| prices(bar.date, [bar.open, bar.high, bar.low, bar.close])).collect();
        let wanted: Vec<_> =
            truth.iter().map(|bar| prices(bar.trade_date, [bar.open, bar.high, bar.low, bar.close])).collect();
        assert_eq!(found, wanted, "{code}");
        rows += bars.len();
    }
    assert!(rows > CODES * DAYS / 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_backfill_goes_on_where_it_was_and_fetches_no_finished_code_again() {
    let calm = stage().await;
    let worker = calm.worker().await;
    reference(&calm).await;
    calm.ask(&histories(&calm)).await;
    served(&calm).await;
    let undisturbed = calm.published_hash().await;
    worker.stop().await;
    equals_the_market(&calm);

    let stage = stage().await;
    let mut worker = stage.worker().await;
    reference(&stage).await;
    // So slow that a kill finds work to interrupt.
    all_tdx(&stage, &TdxFault::Slow(20));
    stage.ask(&histories(&stage)).await;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut kills = 0;
    while kills < KILLS && staged(&stage).len() < CODES - 20 {
        let more = staged(&stage).len() + random.random_range(1..=(CODES / KILLS).max(2));
        eventually("more codes are on disk", async || (staged(&stage).len() >= more.min(CODES - 10)).then_some(()))
            .await;
        worker.kill();
        kills += 1;
        let (finished, before) = (staged(&stage), asked(&stage));
        worker = stage.worker().await;
        let known = finished.len();
        eventually("it goes on", async || (staged(&stage).len() > known).then_some(())).await;
        let now = asked(&stage);
        for code in &finished {
            assert_eq!(now.get(code), before.get(code), "{code} was on disk when the worker was killed");
        }
    }
    assert!(kills >= 2, "the worker was killed {kills} times only");
    for server in &stage.vendors.tdx {
        server.faults().clear();
    }
    served(&stage).await;
    assert_eq!(stage.published_hash().await, undisturbed);
    assert!(staged(&stage).is_empty(), "nothing is left on the way");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_half_of_the_servers_dead_truncating_or_slow_the_histories_are_whole() {
    let stage = stage().await;
    let [dead, truncating, slow, _good] = stage.vendors.tdx.as_slice() else { panic!("four servers") };
    dead.go_down().await;
    truncating.faults().always("bars", TdxFault::CountOnly);
    slow.faults().always("bars", TdxFault::Slow(100));
    let worker = stage.worker().await;
    reference(&stage).await;
    stage.ask(&histories(&stage)).await;
    served(&stage).await;
    equals_the_market(&stage);
    worker.stop().await;
}
