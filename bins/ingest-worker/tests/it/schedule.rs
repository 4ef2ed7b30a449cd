//! The schedule, by the clock in Shanghai.

use std::time::Duration;

use job_queue::JobState;

use crate::{
    oracle,
    settings::Settings,
    wait,
    world::{World, shanghai, ten_days},
};

const EVERY_EVENING: &str = "0 30 18 * * *";

/// Ids of all jobs that the schedule sent.
async fn scheduled(world: &World) -> Vec<String> {
    let mut ids = Vec::new();
    for state in JobState::ALL {
        let page = world.queue.list(state, 0, 1_000).await.unwrap();
        ids.extend(page.jobs.into_iter().map(|job| job.id).filter(|id| id.starts_with("daily_market@")));
    }
    ids.sort();
    ids.dedup();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn at_half_past_six_the_day_is_fetched_once_however_many_schedulers_run() {
    let market = ten_days();
    let day = market.trading_days()[5];
    let evening = |settings: &mut Settings| {
        settings.now = shanghai(day, 18, 29);
        settings.daily_market = EVERY_EVENING;
    };
    let mut world = World::start_with(market.clone(), evening).await;
    // A second worker with a warehouse of its own works the same queue.
    let mut twin = World::set_up(market.clone(), evening).await;
    twin.settings.redis_url = Some(world.redis.url());
    twin.clock = world.clock.clone();
    twin.start_worker().await.unwrap();
    wait::until("the entry is known", async || world.redis("EXISTS ingest:cron").await == ":1").await;
    assert_eq!(scheduled(&world).await, Vec::<String>::new());

    world.clock.set(shanghai(day, 18, 30));
    let id = format!("daily_market@{day}T18:30:00+08:00");
    wait::until("the tick is sent", async || scheduled(&world).await == [id.as_str()]).await;
    world.reaches(&id, JobState::Done).await;
    twin.stop_worker().await;
    world.stop_worker().await;
    let stored = [&world, &twin].map(|world| world.tail("SELECT count(*) FROM normalized_daily")[0].clone());
    let rows = market.expected_codes(day).len().to_string();
    assert!(stored.contains(&rows), "{stored:?}");
    assert_eq!(scheduled(&world).await, [id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_was_missed_while_the_worker_was_down_runs_at_its_start() {
    let market = ten_days();
    let days = market.trading_days();
    let mut world = World::start_with(market.clone(), |settings| {
        settings.now = shanghai(days[5], 18, 0);
        settings.daily_market = EVERY_EVENING;
    })
    .await;
    wait::until("the entry is known", async || world.redis("EXISTS ingest:cron").await == ":1").await;
    world.stop_worker().await;
    world.clock.set(shanghai(days[5], 22, 0));
    world.start_worker().await.unwrap();
    world.reaches(&format!("daily_market@{}T18:30:00+08:00", days[5]), JobState::Done).await;
    assert_eq!(world.rows_of("curated_daily"), market.expected_codes(days[5]).len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_its_turn_in_the_schedule_today_is_not_missing() {
    let market = ten_days();
    let days = market.trading_days();
    let world = World::start_with(market.clone(), |settings| {
        // The bars are final, the vendor is not done with the day.
        settings.now = shanghai(days[2], 16, 0);
        settings.daily_market = EVERY_EVENING;
        settings.keep_from = Some(days[0]);
        settings.pace.reconcile_every = Duration::from_millis(50);
    })
    .await;
    let until_yesterday = [days[0], days[1]];
    let bars = oracle::bars_on(&market, &until_yesterday) as u64;
    wait::until("the days before are there", async || {
        world.try_generation().is_some() && world.rows_of("curated_daily") == bars
    })
    .await;
    assert_eq!(world.vendor.calls().with("daily", &[("trade_date", &days[2].format("%Y%m%d").to_string())]), 0);
}
