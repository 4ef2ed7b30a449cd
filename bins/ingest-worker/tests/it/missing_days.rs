//! Redis may forget: the warehouse knows what it lacks and asks for it.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use job_queue::payload::IngestJob;
use upstream_simulators::{Market, MarketSpec};

use crate::{
    oracle, wait,
    world::{World, fetch_day, fetch_reference, ten_days},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_warehouse_with_keep_from_fills_itself() {
    let market = ten_days();
    let world = World::start_with(market.clone(), |settings| {
        settings.keep_from = Some(market.range().0);
        settings.pace.reconcile_every = Duration::from_millis(100);
    })
    .await;
    world.status("the last day", |status| status.last_trade_date == Some(market.range().1)).await;
    wait::until("every day is there", async || world.rows_of("curated_daily") == market.bar_count() as u64).await;
    oracle::assert_curated(&world.generation(), &market, market.range());
    assert!(world.calls_of("daily").len() <= market.trading_days().len() + 1, "each day is fetched once");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_flushall_the_missing_days_are_found_and_fetched() {
    let market = ten_days();
    let mut world = World::start_with(market.clone(), |settings| {
        settings.call_attempts = 1;
        settings.attempts = 100;
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    world.run("one", &fetch_day(market.trading_days()[4])).await;
    world.stop_worker().await;

    // The worker asks for what is missing at its start, but the vendor is down: the jobs wait in Redis.
    world.vendor.go_down().await;
    world.settings.keep_from = Some(market.range().0);
    world.settings.pace.reconcile_every = Duration::from_millis(200);
    world.start_worker().await.unwrap();
    wait::until("nine jobs wait", async || {
        let stats = world.queue.stats().await.unwrap();
        stats.waiting + stats.delayed + stats.running == 9
    })
    .await;
    assert_eq!(world.redis("FLUSHALL").await, "+OK");
    world.vendor.come_back().await.unwrap();
    wait::until("every day is there", async || world.rows_of("curated_daily") == market.bar_count() as u64).await;
    oracle::assert_curated(&world.generation(), &market, market.range());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keep_from_only_gaps_behind_the_first_day_are_filled() {
    let market = ten_days();
    let mut world = World::start(market.clone()).await;
    let days = market.trading_days();
    world.run_days("some", &[days[4], days[7]]).await;
    world.stop_worker().await;
    world.start_worker().await.unwrap();
    wait::until("the gaps are filled", async || {
        world.rows_of("curated_daily") == oracle::bars_on(&market, &days[4..]) as u64
    })
    .await;
    assert_eq!(world.rows_of("normalized_daily"), oracle::bars_on(&market, &days[4..]) as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keep_from_the_hole_between_a_history_and_the_recent_days_is_filled() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let market = Arc::new(Market::generate(&MarketSpec::new(7, 30, day("2023-10-09"), day("2023-12-01"))));
    let days = market.trading_days();
    let world = World::start_with(market.clone(), |settings| {
        settings.vendors.tdx = 2;
        settings.pace.reconcile_every = Duration::from_millis(50);
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    // The history ends more than a month ago. At the seam the other vendor's first bar has nothing to hold on to.
    let (from, to) = (days[0], days[11]);
    let history = IngestJob::BackfillHistory { source: "tdx".to_owned(), codes: None, from, to, part: 0 };
    world.run("history", &history).await;
    wait::until("every day is served", async || {
        let mut bars = Vec::new();
        let generation = world.generation();
        let served = |code| generation.bars(code, days[0], days[days.len() - 1], &mut bars).unwrap();
        market.codes().iter().for_each(served);
        bars.len() == market.bar_count()
    })
    .await;
}
