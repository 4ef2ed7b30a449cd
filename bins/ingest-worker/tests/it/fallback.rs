//! The preferred vendor fails, another fills in, and gives way again.

use std::time::Duration;

use chrono::TimeDelta;
use job_queue::JobState;
use upstream_simulators::{Fault, tushare::Refusal};

use crate::{
    oracle,
    settings::Settings,
    wait,
    world::{World, fetch_day, fetch_reference, shanghai, ten_days},
};

const EVERY_EVENING: &str = "0 30 18 * * *";

fn with_tdx(settings: &mut Settings) {
    settings.vendors.tdx = 2;
    settings.call_attempts = 1;
    settings.attempts = 2;
    settings.pace.reconcile_every = Duration::from_millis(50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_revoked_mid_day_is_stood_in_for_by_tdx_and_the_return_of_tushare_replaces_it_and_is_logged() {
    let market = ten_days();
    let days = market.trading_days().to_vec();
    let mut world = World::start_with(market.clone(), |settings| {
        with_tdx(settings);
        settings.now = shanghai(days[4], 20, 0);
        settings.keep_from = Some(days[0]);
    })
    .await;
    let first_days = oracle::bars_on(&market, &days[..5]) as u64;
    wait::until("the days before are there", async || {
        world.try_generation().is_some() && world.rows_of("curated_daily") == first_days
    })
    .await;

    world.vendor.faults().always("", Fault::Refuse(Refusal::BadToken));
    world.clock.set(shanghai(days[5], 18, 30));
    world.push("evening", &fetch_day(days[5])).await;
    world.reaches("evening", JobState::Dead).await;
    world.reaches(&format!("fallback:fetch_daily_market@tdx@{}", days[5]), JobState::Done).await;
    oracle::assert_day_from(&world.generation(), &market, days[5], "tdx");
    let status = world.status("the token's refusal", |status| {
        status.freshness.iter().any(|one| one.source == "tushare" && one.last_error.is_some())
    });
    assert!(status.await.withheld.is_empty());
    let asked = world.calls_of("daily").len();

    // It works again, and is asked again by itself.
    world.vendor.faults().clear();
    world.clock.advance(TimeDelta::minutes(65));
    wait::until("tushare's rows are there", async || {
        let mut bars = Vec::new();
        let generation = world.generation();
        generation.bars(&market.expected_codes(days[5])[0], days[5], days[5], &mut bars).unwrap();
        bars.first().is_some_and(|bar| generation.source_name(bar.source) == "tushare")
    })
    .await;
    assert!(world.calls_of("daily").len() > asked);
    oracle::assert_curated(&world.generation(), &market, (days[0], days[5]));
    world.stop_worker().await;
    let replaced = world.tail("SELECT message FROM quality_log WHERE check_name = 'source_replaced'");
    assert!(replaced.iter().any(|text| text.contains("tdx") && text.contains("tushare")), "{replaced:?}");
    assert_eq!(
        world.tail("SELECT count(*) FROM quality_log WHERE check_name = 'source_seam' AND closed_at IS NULL"),
        ["0"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_is_only_late_is_given_an_hour() {
    let market = ten_days();
    let days = market.trading_days().to_vec();
    let world = World::start_with(market.clone(), |settings| {
        with_tdx(settings);
        settings.now = shanghai(days[2], 20, 0);
        settings.daily_market = EVERY_EVENING;
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    world.run("before", &fetch_day(days[2])).await;
    world.vendor.go_down().await;
    let asked = world.vendors.tdx_total("bars");
    world.clock.set(shanghai(days[3], 18, 30));
    let missing = format!("missing:fetch_daily_market@{}", days[3]);
    world.reaches(&missing, JobState::Dead).await;
    world.clock.set(shanghai(days[3], 19, 29));
    assert_eq!(world.vendors.tdx_total("bars"), asked, "not yet");

    world.clock.set(shanghai(days[3], 19, 30));
    world.reaches(&format!("fallback:fetch_daily_market@tdx@{}", days[3]), JobState::Done).await;
    oracle::assert_day_from(&world.generation(), &market, days[3], "tdx");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_withheld_is_stood_in_for_at_once() {
    let market = ten_days();
    let day = market.trading_days()[4];
    let world = World::start_with(market.clone(), |settings| {
        with_tdx(settings);
        settings.pace.reconcile_every = Duration::from_secs(3_600);
        settings.attempts = 100;
        settings.pace.incomplete_retry = Duration::from_millis(300);
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    world.vendor.faults().always("daily", Fault::KeepPercent(60));
    world.push("part", &fetch_day(day)).await;
    world.reaches(&format!("fallback:fetch_daily_market@tdx@{day}"), JobState::Done).await;
    oracle::assert_day_from(&world.generation(), &market, day, "tdx");

    world.vendor.faults().clear();
    world.reaches("part", JobState::Done).await;
    oracle::assert_day_from(&world.generation(), &market, day, "tushare");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_day_of_calls_is_stood_in_for_and_a_spent_minute_is_not() {
    let market = ten_days();
    let days = market.trading_days().to_vec();
    let world = World::start_with(market.clone(), with_tdx).await;
    world.run("reference", &fetch_reference()).await;
    world.vendor.faults().always("daily", Fault::Refuse(Refusal::PerDay(5)));
    world.push("day", &fetch_day(days[6])).await;
    let job = world.reaches("day", JobState::Retrying).await;
    assert!(job.summary.error.unwrap().contains("calls per day"));
    world.reaches(&format!("fallback:fetch_daily_market@tdx@{}", days[6]), JobState::Done).await;
    oracle::assert_day_from(&world.generation(), &market, days[6], "tdx");
}
