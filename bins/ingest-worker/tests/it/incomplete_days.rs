//! Days of which something is missing: kept back, asked for again, released.

use std::time::Duration;

use job_queue::JobState;
use upstream_simulators::Fault;
use warehouse::MissingReason;

use crate::{
    oracle, wait,
    world::{World, fetch_day, fetch_reference, shanghai, ten_days},
};

/// How far in the future a retry is, by Redis' clock.
fn wait_of(job: &job_queue::JobDetail) -> i64 {
    (job.summary.ready_at.unwrap() - job.summary.started_at.unwrap()).num_seconds()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_comes_before_the_instruments_is_withheld_until_they_come() {
    let market = ten_days();
    let mut world = World::set_up(market.clone(), |_| {}).await;
    world.vendor.faults().always("stock_basic", Fault::NoRows);
    world.start_worker().await.unwrap();
    let day = market.range().1;
    world.push("early", &fetch_day(day)).await;
    let job = world.reaches("early", JobState::Retrying).await;
    let error = job.summary.error.as_ref().unwrap();
    assert!(error.contains("withheld") && error.contains("no reference data"), "{error}");
    assert!((900..960).contains(&wait_of(&job)), "{job:?}");
    let stored = market.expected_codes(day).len() as u64;
    assert_eq!((world.rows_of("normalized_daily"), world.rows_of("curated_daily")), (stored, 0));

    world.vendor.faults().clear();
    world.run("late", &fetch_reference()).await;
    assert_eq!((world.rows_of("normalized_daily"), world.rows_of("curated_daily")), (stored, stored));
    oracle::assert_curated(&world.generation(), &market, (day, day));
    assert!(world.generation().withheld().is_empty());
    world.status("that nothing is withheld", |status| status.withheld.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_sixty_percent_of_its_codes_is_withheld_and_released_by_its_own_retry() {
    let market = ten_days();
    let world = World::start_with(market.clone(), |settings| {
        settings.pace.incomplete_retry = Duration::from_millis(100);
        settings.attempts = 100;
    })
    .await;
    let days = market.trading_days();
    let (whole, part) = (days[3], days[4]);
    world.run("whole", &fetch_day(whole)).await;

    world.vendor.faults().always("daily", Fault::KeepPercent(60));
    world.push("part", &fetch_day(part)).await;
    let status = world.status("which day is withheld", |status| !status.withheld.is_empty()).await;
    let [withheld] = &status.withheld[..] else { panic!("{status:?}") };
    let expected = market.expected_codes(part).len();
    assert_eq!((withheld.trade_date, withheld.expected as usize), (part, expected));
    assert!(withheld.present > 0 && (withheld.present as usize) < expected * 98 / 100, "{withheld:?}");
    wait::until("the generation says so", async || !world.generation().withheld().is_empty()).await;
    let generation = world.generation();
    let code = market.expected_codes(part)[0];
    let missing = generation.missing(&code, part, part).unwrap();
    assert_eq!(missing.iter().map(|run| run.reason).collect::<Vec<_>>(), [MissingReason::Withheld]);
    assert_eq!(generation.last_trade_date(), Some(whole));

    world.vendor.faults().clear();
    let job = world.reaches("part", JobState::Done).await;
    assert!(job.starts >= 2, "{job:?}");
    oracle::assert_curated(&world.generation(), &market, (whole, part));
    world.status("that nothing is withheld", |status| status.withheld.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_without_valuation_figures_are_served_and_asked_for_again() {
    let market = ten_days();
    let day = market.range().1;
    // After the bars (15:30), before daily_basic (17:00).
    let world = World::start_with(market.clone(), |settings| settings.now = shanghai(day, 16, 0)).await;
    world.push("afternoon", &fetch_day(day)).await;
    let job = world.reaches("afternoon", JobState::Retrying).await;
    assert!(job.summary.error.as_ref().unwrap().contains("daily_basic is still empty"), "{job:?}");
    assert!((900..960).contains(&wait_of(&job)), "{job:?}");
    oracle::assert_curated(&world.generation(), &market, (day, day));
    assert_eq!(world.rows_of("normalized_daily_basic"), 0);

    world.clock.set(shanghai(day, 17, 30));
    world.run("evening", &fetch_day(day)).await;
    assert_eq!(world.rows_of("normalized_daily_basic"), market.expected_codes(day).len() as u64);
}
