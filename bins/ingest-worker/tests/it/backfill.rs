//! Whole histories: planned, staged code by code, assembled in one pass.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{NaiveDate, TimeDelta};
use job_queue::{JobState, payload::IngestJob};
use market_model::{Code, DailyBar};
use upstream_simulators::{Market, MarketSpec, TdxFault, tdx::TdxFaultRule};
use warehouse::BackfillPhase;

use crate::{
    oracle,
    settings::Settings,
    wait,
    world::{World, fetch_reference},
};

/// Sixty trading days of forty codes.
fn market() -> Arc<Market> {
    let day = |text: &str| text.parse().unwrap();
    Arc::new(Market::generate(&MarketSpec::new(11, 40, day("2023-10-09"), day("2023-12-29"))))
}

async fn world(change: impl FnOnce(&mut Settings)) -> World {
    let world = World::start_with(market(), |settings| {
        settings.vendors.tdx = 2;
        settings.attempts = 100;
        change(settings);
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    world
}

fn backfill(market: &Market, source: &str, codes: Option<&[Code]>) -> IngestJob {
    let (from, to) = market.range();
    let codes = codes.map(|codes| codes.iter().map(Code::to_string).collect());
    IngestJob::BackfillHistory { source: source.to_owned(), codes, from, to, part: 0 }
}

/// The codes that were listed on a day of the range.
fn planned(world: &World) -> u64 {
    let (from, to) = world.market.range();
    let listed = |code: &&Code| {
        let (instrument, _) = world.market.instrument(code, to).unwrap();
        instrument.listed.is_some_and(|listed| listed <= to) && instrument.delisted.is_none_or(|day| day > from)
    };
    world.market.codes().iter().filter(listed).count() as u64
}

/// The run's folder; panics if there is none.
fn folder(world: &World) -> PathBuf {
    let runs = std::fs::read_dir(world.root().join("backfill")).unwrap();
    let folders = runs.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let [folder] = &folders.collect::<Vec<_>>()[..] else { panic!("one run is under way") };
    folder.clone()
}

fn staged(world: &World) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder(world).join("staged")).unwrap();
    let mut files: Vec<_> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "staged"))
        .collect();
    files.sort();
    files
}

/// Asserts that every bar of the market is curated, from one of `sources`; returns how many there are.
fn assert_all(world: &World, sources: &[&str]) -> usize {
    let (generation, market) = (world.generation(), &world.market);
    let (from, to) = market.range();
    let (mut bars, mut count) = (Vec::new(), 0);
    for code in market.codes() {
        bars.clear();
        generation.bars(code, from, to, &mut bars).unwrap();
        let truth = market.bars(code);
        let closes = |bars: &[warehouse::Bar]| bars.iter().map(|bar| (bar.date, bar.close)).collect::<Vec<_>>();
        let expected: Vec<_> = truth.iter().map(|bar| (bar.trade_date, bar.close)).collect();
        assert_eq!(closes(&bars), expected, "{code}");
        let Some(first) = truth.first() else { continue };
        let base = market.factor(code, first.trade_date).unwrap();
        for bar in &bars {
            let factor = market.factor(code, bar.date).unwrap() / base;
            assert!((bar.factor / factor - 1.0).abs() < 1e-6, "{code} {}: {} for {factor}", bar.date, bar.factor);
            assert!(sources.contains(&generation.source_name(bar.source)), "{code} {}", bar.date);
        }
        count += bars.len();
    }
    count
}

/// Waits until the run is over, in whatever stretch it ends.
async fn done(world: &World) -> warehouse::BackfillProgress {
    let over =
        |status: &warehouse::StatusFile| status.backfill.as_ref().is_some_and(|one| one.phase == BackfillPhase::Done);
    world.status("that the backfill is done", over).await.backfill.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_market_from_tdx_is_served_with_true_factors_and_the_folder_is_gone() {
    let mut world = world(|_| {}).await;
    let job = world.run("backfill", &backfill(&world.market, "tdx", None)).await;
    let result = job.result.unwrap();
    assert_eq!(result["bars"], world.market.bar_count(), "{result}");
    assert_eq!(assert_all(&world, &["tdx"]), world.market.bar_count());
    let progress = done(&world).await;
    let codes = planned(&world);
    assert_eq!((progress.codes_done, progress.codes_total, progress.codes_failed), (codes, codes, 0));
    assert_eq!(progress.rows, world.market.bar_count() as u64);
    assert!(progress.requests_total_estimate >= 2 * codes && progress.requests_done >= 2 * codes, "{progress:?}");
    let left: Vec<_> = std::fs::read_dir(world.root().join("backfill")).unwrap().collect();
    assert_eq!(left.len(), 1, "only the progress stays: {left:?}");
    assert!(world.generation().manifest().base.is_some());
    let check = wait::for_some("its check is asked for", async || world.check_jobs().await.pop()).await;
    assert!(check.payload.unwrap().get("dates").is_none(), "of the whole history");

    // The run is known after a restart, and a repeated delivery of the job does not begin anew.
    world.stop_worker().await;
    world.vendors.forget_tdx_calls();
    world.start_worker().await.unwrap();
    assert_eq!(done(&world).await.rows, progress.rows);
    assert_eq!(world.vendors.tdx_total("bars"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_resumes_without_asking_for_a_finished_code_again() {
    let mut world = world(|settings| {
        settings.mortal = true;
        settings.backfill_concurrency = 2;
        settings.vendors.tdx_pace = Some(15);
        settings.pace.workers.heartbeat = Duration::from_millis(200);
        settings.pace.workers.missed_heartbeats = 3;
    })
    .await;
    world.push("backfill", &backfill(&world.market, "tdx", None)).await;
    wait::until("ten codes are staged", async || {
        world.root().join("backfill").exists() && world.vendors.tdx_total("xdxr") > 12 && staged(&world).len() >= 10
    })
    .await;
    let plan = std::fs::read_to_string(folder(&world).join("plan.json")).unwrap();
    assert!(plan.contains("\"requests\"") && plan.contains("\"seconds\""), "the estimate stands before the end");
    world.kill_and_restart_worker().await;
    let finished: Vec<Code> =
        staged(&world).iter().map(|path| path.file_stem().unwrap().to_string_lossy().parse().unwrap()).collect();
    assert!((finished.len() as u64) < planned(&world), "it was killed in the middle");
    // One of the files was torn.
    let (torn, whole) = finished.split_first().unwrap();
    let path = folder(&world).join("staged").join(format!("{torn}.staged"));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    world.vendors.forget_tdx_calls();
    let progress = world.status("where the run stands", |status| status.backfill.is_some()).await.backfill.unwrap();
    assert!(!progress.phase.is_over() || progress.phase == BackfillPhase::Done, "{progress:?}");

    world.reaches("backfill", JobState::Done).await;
    assert_eq!(assert_all(&world, &["tdx"]), world.market.bar_count());
    let again: Vec<&Code> = whole.iter().filter(|code| world.vendors.tdx_calls("xdxr", code) > 0).collect();
    assert!(again.is_empty(), "asked for again: {again:?}");
    assert_eq!(world.vendors.tdx_calls("xdxr", torn), 1, "the torn one is asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_flushall_an_unfinished_run_is_taken_up_again() {
    let mut world = world(|settings| {
        settings.backfill_concurrency = 1;
        settings.vendors.tdx_pace = Some(10);
    })
    .await;
    world.push("backfill", &backfill(&world.market, "tdx", None)).await;
    wait::until("some codes are staged", async || {
        world.root().join("backfill").exists() && world.vendors.tdx_total("xdxr") > 5 && staged(&world).len() >= 4
    })
    .await;
    world.stop_worker().await;
    let before = staged(&world).len();
    assert!(before < world.market.codes().len());
    assert_eq!(world.redis("FLUSHALL").await, "+OK");
    world.settings.vendors.tdx_pace = None;
    world.settings.backfill_concurrency = 8;
    world.start_worker().await.unwrap();
    done(&world).await;
    assert_eq!(assert_all(&world, &["tdx"]), world.market.bar_count());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_plan_is_lost_with_its_job_is_said_to_have_failed_and_may_be_asked_for_again() {
    let mut world = world(|settings| {
        settings.backfill_concurrency = 1;
        settings.vendors.tdx_pace = Some(10);
        settings.pace.reconcile_every = Duration::from_millis(50);
    })
    .await;
    world.push("backfill", &backfill(&world.market, "tdx", None)).await;
    wait::until("some codes are staged", async || {
        world.root().join("backfill").exists() && world.vendors.tdx_total("xdxr") > 5 && staged(&world).len() >= 4
    })
    .await;
    world.stop_worker().await;
    let before = staged(&world).len();
    std::fs::write(folder(&world).join("plan.json"), "{").unwrap();
    assert_eq!(world.redis("FLUSHALL").await, "+OK");
    world.settings.vendors.tdx_pace = None;
    world.clock.advance(TimeDelta::minutes(3));
    world.start_worker().await.unwrap();
    let failed =
        |status: &warehouse::StatusFile| status.backfill.as_ref().is_some_and(|one| one.phase == BackfillPhase::Failed);
    let progress = world.status("that nobody works on it", failed).await.backfill.unwrap();
    assert!(progress.message.contains("ask for it again"), "{progress:?}");

    world.vendors.forget_tdx_calls();
    world.run("again", &backfill(&world.market, "tdx", None)).await;
    // The reconciler asks the preferred vendor for the last days meanwhile.
    assert_eq!(assert_all(&world, &["tdx", "tushare"]), world.market.bar_count());
    assert_eq!(world.vendors.tdx_total("xdxr") as u64, planned(&world) - before as u64, "what is on disk counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ends_after_a_restart_still_says_what_it_brought() {
    let mut world = world(|settings| {
        settings.backfill_concurrency = 1;
        settings.vendors.tdx_pace = Some(10);
    })
    .await;
    world.push("backfill", &backfill(&world.market, "tdx", None)).await;
    wait::until("some codes are staged", async || {
        world.root().join("backfill").exists() && world.vendors.tdx_total("xdxr") > 5 && staged(&world).len() >= 4
    })
    .await;
    world.stop_worker().await;
    // As if it had died between the assembling and the end.
    std::fs::write(folder(&world).join("assembled.json"), r#"{"codes": 7, "bars": 400}"#).unwrap();
    world.start_worker().await.unwrap();
    let progress = done(&world).await;
    assert_eq!((progress.codes_done, progress.codes_total, progress.rows), (7, planned(&world), 400), "{progress:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_works_in_stretches_that_send_themselves_on() {
    let world = world(|settings| {
        settings.slice_s = 5;
        settings.backfill_concurrency = 2;
        settings.vendors.tdx_pace = Some(6);
    })
    .await;
    world.push("backfill", &backfill(&world.market, "tdx", None)).await;
    let job = world.reaches("backfill", JobState::Done).await;
    let result = job.result.unwrap();
    assert_eq!(result["continued_as"], "backfill+1", "{result}");
    assert!(result["codes_done"].as_u64().unwrap() > 0);
    let progress = done(&world).await;
    assert_eq!(progress.codes_done, planned(&world));
    assert_eq!(assert_all(&world, &["tdx"]), world.market.bar_count());
    world.reaches("backfill+1", JobState::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_changes_nothing_and_a_revised_history_replaces_what_was_known() {
    let mut world = world(|_| {}).await;
    world.run("first", &backfill(&world.market, "tdx", None)).await;
    let hash = world.generation().manifest().logical_hash.clone();
    world.run("again", &backfill(&world.market, "tdx", None)).await;
    assert_eq!(world.generation().manifest().logical_hash, hash);

    let code = world.market.codes()[3];
    let truth: DailyBar = world.market.bars(&code)[20].clone();
    let revised = DailyBar { close: truth.low, open: truth.low, volume: truth.volume + 300, ..truth.clone() };
    world.vendors.tdx.iter().for_each(|server| server.faults().revise(revised.clone()));
    world.clock.advance(TimeDelta::hours(1));
    world.run("revised", &backfill(&world.market, "tdx", None)).await;
    let day = truth.trade_date;
    let mut bars = Vec::new();
    world.generation().bars(&code, day, day, &mut bars).unwrap();
    assert_eq!((bars[0].open, bars[0].close), (revised.open, revised.close));
    assert_ne!(world.generation().manifest().logical_hash, hash);
    world.stop_worker().await;
    let revisions =
        format!("SELECT count(*) FROM normalized_revision WHERE code = '{code}' AND trade_date = DATE '{day}'");
    let number = world.generation().manifest().base.as_ref().unwrap().number;
    assert_eq!(world.query(&format!("base-{number}.duckdb"), &revisions), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tushare_brings_the_same_history_and_a_few_named_codes_are_an_ordinary_batch() {
    let world = world(|_| {}).await;
    let some = &world.market.codes()[..5];
    let job = world.run("some", &backfill(&world.market, "tushare", Some(some))).await;
    let bars: usize = some.iter().map(|code| world.market.bars(code).len()).sum();
    assert_eq!(job.result.unwrap()["bars"], bars);
    assert!(world.generation().manifest().base.is_none(), "no base is built for five codes");
    let (from, to) = world.market.range();
    for code in some {
        assert_eq!(world.generation().normalized(code, from, to).unwrap().len(), world.market.bars(code).len());
    }
    world.run("all", &backfill(&world.market, "tushare", None)).await;
    assert_eq!(assert_all(&world, &["tushare"]), world.market.bar_count());
    oracle::assert_curated(&world.generation(), &world.market, world.market.range());
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_fail_are_tried_again_and_too_many_of_them_hold_the_run_back() {
    let mut world = world(|settings| settings.attempts = 2).await;
    let codes = world.market.codes();
    let stuck = [codes[4], codes[9], codes[14]];
    for server in &world.vendors.tdx {
        for code in stuck {
            // Prices four times too high: the unit does not fit, and no other server will mend that.
            server.faults().add(TdxFaultRule::new(TdxFault::Lie(3_000)).on("bars").code(code));
        }
    }
    world.push("backfill", &backfill(&world.market, "tdx", None)).await;
    let job = world.reaches("backfill", JobState::Dead).await;
    let error = job.summary.error.unwrap();
    assert!(error.contains(&format!("3 of {} codes could not be fetched", planned(&world))), "{error}");
    assert!(error.contains(stuck[0].as_str()), "{error}");
    let failed =
        |status: &warehouse::StatusFile| status.backfill.as_ref().is_some_and(|one| one.phase == BackfillPhase::Failed);
    let progress = world.status("that it gave up", failed).await.backfill.unwrap();
    assert!(progress.message.contains("could not be fetched"), "{progress:?}");
    assert_eq!(world.rows_of("normalized_daily"), 0);

    // Somebody mends it and starts the worker again: the run goes on by itself.
    world.stop_worker().await;
    let refused = "SELECT count(*) > 0 FROM raw_tdx_bars WHERE sha256(body) = body_sha256";
    assert_eq!(world.tail(refused), ["true"], "the refused answers are kept");
    world.vendors.tdx.iter().for_each(|server| server.faults().clear());
    world.vendors.forget_tdx_calls();
    world.start_worker().await.unwrap();
    done(&world).await;
    assert_eq!(assert_all(&world, &["tdx"]), world.market.bar_count());
    assert_eq!(world.vendors.tdx_total("xdxr"), stuck.len(), "only what was missing is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_ends_before_it_begins_and_an_unknown_vendor_are_dead_letters() {
    let world = world(|_| {}).await;
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    for (id, source, from, to, says) in [
        ("backwards", "tdx", "2023-12-29", "2023-10-09", "before it begins"),
        ("yahoo", "yahoo", "2023-10-09", "2023-12-29", "allowed here are [tdx, tushare]"),
        ("early", "tdx", "1980-01-01", "1980-12-31", "nothing to fetch"),
        ("weekend", "tdx", "2023-12-23", "2023-12-24", "nothing to fetch"),
    ] {
        let job = IngestJob::BackfillHistory {
            source: source.to_owned(),
            codes: None,
            from: day(from),
            to: day(to),
            part: 0,
        };
        world.push(id, &job).await;
        let job = world.reaches(id, JobState::Dead).await;
        assert!(job.summary.error.as_ref().unwrap().contains(says), "{job:?}");
    }
}
