//! A stop in the middle of work.

use job_queue::JobState;
use upstream_simulators::Fault;

use crate::{
    oracle, wait,
    world::{World, fetch_day, fetch_reference, ten_days},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_runs_at_the_shutdown_is_finished_and_published() {
    let mut world = World::start(ten_days()).await;
    world.run("reference", &fetch_reference()).await;
    let day = world.market.range().1;
    world.vendor.faults().next(1, "daily", Fault::Slow(700));
    world.push("day", &fetch_day(day)).await;
    wait::until("the vendor is asked", async || !world.calls_of("daily").is_empty()).await;
    world.stop_worker().await;
    assert_eq!(world.queue.show("day").await.unwrap().summary.state, JobState::Done);
    oracle::assert_curated(&world.generation(), &world.market, (day, day));
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_wait_at_the_shutdown_are_done_by_the_next_worker() {
    let mut world = World::start_with(ten_days(), |settings| settings.concurrency = 1).await;
    let days = world.market.trading_days().to_vec();
    for day in &days {
        world.push(&format!("day@{day}"), &fetch_day(*day)).await;
    }
    world.reaches(&format!("day@{}", days[1]), JobState::Done).await;
    world.stop_worker().await;
    world.start_worker().await.unwrap();
    for day in &days {
        world.reaches(&format!("day@{day}"), JobState::Done).await;
    }
    let market = &world.market;
    assert_eq!(oracle::assert_curated(&world.generation(), market, market.range()), market.bar_count());
}
