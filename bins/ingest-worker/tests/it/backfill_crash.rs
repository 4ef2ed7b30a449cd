//! The real binary kills itself at every step of a backfill, and the next one ends it.

use std::{os::unix::process::ExitStatusExt as _, sync::Arc, time::Duration};

use job_queue::{JobState, payload::IngestJob};
use market_model::Code;
use tokio::process::Command;
use upstream_simulators::{Market, MarketSpec};

use crate::{oracle, world::World};

/// Far more than a step takes.
const BOUND: Duration = Duration::from_secs(60);
/// Codes that are on disk when the first one dies.
const STAGED: usize = 7;

fn market() -> Arc<Market> {
    let day = |text: &str| text.parse().unwrap();
    Arc::new(Market::generate(&MarketSpec::new(13, 20, day("2023-11-01"), day("2023-12-29"))))
}

fn command(world: &World, crash_at: Option<&str>) -> Command {
    let file = world.root().join("twilight.toml");
    std::fs::write(&file, world.toml()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ingest-worker"));
    command.arg("--config").arg(file).env("TWILIGHT_LOG", "off").kill_on_drop(true);
    match crash_at {
        Some(step) => command.env("TWILIGHT_CRASH_AT", step),
        None => command.env_remove("TWILIGHT_CRASH_AT"),
    };
    command
}

/// Runs a worker until it has killed itself.
async fn dies_at(world: &World, step: &str) {
    let mut worker = command(world, Some(step)).spawn().unwrap();
    let end = tokio::time::timeout(BOUND, worker.wait()).await.unwrap_or_else(|_| panic!("it never comes to {step}"));
    let status = end.unwrap();
    assert_eq!(status.signal(), Some(9), "{step}: {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_step_of_a_backfill_a_kill_costs_time_and_nothing_else() {
    let world = World::set_up(market(), |settings| {
        settings.worker = "listen = \"127.0.0.1:0\"\nheartbeat_ms = 200\nmissed_heartbeats = 2\nretry_pause_ms = 50\n";
        settings.attempts = 20;
        settings.backfill_concurrency = 2;
    })
    .await;
    let (from, to) = world.market.range();
    let job = IngestJob::BackfillHistory { source: "tushare".to_owned(), codes: None, from, to, part: 0 };
    world.push("backfill", &job).await;

    dies_at(&world, &format!("BackfillStaged{STAGED}")).await;
    let asked = |world: &World, code: &Code| world.vendor.calls().with("daily", &[("ts_code", code.as_str())]);
    let done: Vec<Code> = world.market.codes().iter().copied().filter(|code| asked(&world, code) > 0).collect();
    // Two were in the air beside the one that was written last.
    assert!((STAGED..=STAGED + 2).contains(&done.len()), "{done:?}");

    dies_at(&world, "BackfillBeforeAssembling").await;
    let again = done.iter().filter(|code| asked(&world, code) > 1).count();
    assert!(again <= 2, "{again} codes were asked for again");
    let total = world.vendor.calls().of("daily");
    for step in [
        "BulkRowsWritten",
        "BulkBaseWritten",
        "BulkBeforeSwap",
        "BulkAfterSwap",
        "BackfillAfterAssembling",
        "BeforeFlip",
    ] {
        dies_at(&world, step).await;
    }
    assert_eq!(world.vendor.calls().of("daily"), total, "everything is on disk");

    let _worker = command(&world, None).spawn().unwrap();
    world.reaches("backfill", JobState::Done).await;
    oracle::assert_curated(&world.generation(), &world.market, (from, to));
    assert_eq!(world.vendor.calls().of("daily"), total);
    let left: Vec<_> =
        std::fs::read_dir(world.root().join("backfill")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["progress.json"]);
}
