//! What is published is checked: asked for after a publish, and again after whatever may go wrong on the way.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use job_queue::{
    Broker, JobDetail, JobState, Queue,
    payload::{QualityJob, queue_name::QUALITY},
    private_redis::RedisServer,
};

use crate::{
    quality_stand_in::{Habit, QualityStandIn},
    settings::Settings,
    wait,
    world::{World, fetch_day, fetch_reference, jobs_of, ten_days},
};

/// The generation and the days that a check was asked for.
fn asked(job: &JobDetail) -> (u64, Option<Vec<NaiveDate>>) {
    match QualityJob::try_from(job.payload.clone().unwrap()).unwrap() {
        QualityJob::CheckGeneration { generation, dates } => (generation.unwrap(), dates),
        other => panic!("{other:?}"),
    }
}

async fn the_only_check(queue: &Queue<QualityJob>) -> JobDetail {
    wait::for_some("a check is asked for", async || {
        let mut jobs = jobs_of(queue).await;
        assert!(jobs.len() < 2, "{jobs:?}");
        jobs.pop()
    })
    .await
}

async fn with_reference(change: impl FnOnce(&mut Settings)) -> World {
    let world = World::start_with(ten_days(), change).await;
    world.run("reference", &fetch_reference()).await;
    world
}

/// The days that are still to be checked, by the warehouse. The worker must be stopped.
fn due(world: &World) -> Vec<String> {
    world.tail("SELECT coalesce(trade_date::VARCHAR, 'all') FROM check_due ORDER BY 1")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_publish_of_a_day_asks_for_its_check_once_and_bookkeeping_asks_for_none() {
    let mut world = with_reference(|settings| settings.pace.bookkeeping_every = Duration::from_millis(1)).await;
    assert!(world.check_jobs().await.is_empty(), "no day was touched yet");
    let checker = QualityStandIn::start(&world, Habit::Records);
    let days = [world.market.trading_days()[8], world.market.trading_days()[9]];
    let mut generations = Vec::new();
    for day in days {
        let job = world.run(&format!("day@{day}"), &fetch_day(day)).await;
        let generation = job.result.unwrap()["generation"].as_u64().unwrap();
        generations.push(generation);
        let queue = world.queue_of::<QualityJob>(QUALITY);
        let id = format!("check_generation@{generation}");
        wait::until("the check is done", async || {
            queue.show(&id).await.is_ok_and(|job| job.summary.state == JobState::Done)
        })
        .await;
        assert_eq!(asked(&queue.show(&id).await.unwrap()), (generation, Some(vec![day])));
        // What the check found is recorded, and published, with nothing but bookkeeping in it.
        wait::until("bookkeeping is published", async || world.generation().number() > generation).await;
        world.status("that a check was made", |status| status.last_checks.contains_key("check_generation")).await;
    }
    drop(checker);
    let mut ids: Vec<String> = world.check_jobs().await.into_iter().map(|job| job.summary.id).collect();
    ids.sort();
    let mut expected: Vec<String> = generations.iter().map(|number| format!("check_generation@{number}")).collect();
    expected.sort();
    assert_eq!(ids, expected, "no publish of findings starts a check");
    world.stop_worker().await;
    assert!(due(&world).is_empty(), "{:?}", due(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_due_while_a_check_waits_is_asked_for_when_it_is_recorded() {
    let world = with_reference(|_| {}).await;
    let days = [world.market.trading_days()[7], world.market.trading_days()[8], world.market.trading_days()[9]];
    world.run_days("day", &days[..1]).await;
    let queue = world.queue_of(QUALITY);
    let first = the_only_check(&queue).await;
    world.run_days("day", &days[1..]).await;
    assert_eq!(asked(&first).1, Some(vec![days[0]]));
    assert_eq!(world.check_jobs().await.len(), 1, "one check waits, a second one is not sent");

    let _checker = QualityStandIn::start(&world, Habit::Records);
    wait::until("the other days are checked", async || {
        let jobs = world.check_jobs().await;
        jobs.len() == 2 && jobs.iter().all(|job| job.summary.state == JobState::Done)
    })
    .await;
    let jobs = world.check_jobs().await;
    let second = jobs.iter().find(|job| job.summary.id != first.summary.id).unwrap();
    let dates = asked(second).1.unwrap();
    assert!(dates.contains(&days[1]) && dates.contains(&days[2]), "{dates:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_flushall_the_check_is_asked_for_again() {
    let world = with_reference(|settings| settings.pace.reconcile_every = Duration::from_millis(100)).await;
    let day = world.market.range().1;
    world.run("day", &fetch_day(day)).await;
    let queue = world.queue_of(QUALITY);
    let before = the_only_check(&queue).await;
    assert_eq!(world.redis("FLUSHALL").await, "+OK");
    let after = the_only_check(&queue).await;
    assert_eq!((asked(&after), &after.summary.id), (asked(&before), &before.summary.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_a_day_is_published_all_the_same_and_checked_when_it_is_back() {
    let mut redis = RedisServer::start().await.unwrap();
    let url = redis.url();
    redis.stop().unwrap();
    let world = with_reference(|settings| {
        settings.quality_redis_url = Some(url.clone());
        settings.pace.reconcile_every = Duration::from_millis(200);
    })
    .await;
    let day = world.market.range().1;
    let job = world.run("day", &fetch_day(day)).await;
    let generation = job.result.unwrap()["generation"].as_u64().unwrap();
    assert_eq!(world.generation().number(), generation, "published, though nobody could be told");
    assert_eq!(world.get("/readyz").await.0, 200, "and the worker is ready for more");

    redis.start_again().await.unwrap();
    let queue = Queue::new(&Broker::connect(&url).unwrap(), QUALITY).unwrap();
    assert_eq!(asked(&the_only_check(&queue).await), (generation, Some(vec![day])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_between_publish_and_push_asks_at_its_next_start() {
    let mut redis = RedisServer::start().await.unwrap();
    let url = redis.url();
    redis.stop().unwrap();
    let mut world = with_reference(|settings| {
        settings.quality_redis_url = Some(url.clone());
        settings.mortal = true;
    })
    .await;
    let day = world.market.range().1;
    let job = world.run("day", &fetch_day(day)).await;
    let generation = job.result.unwrap()["generation"].as_u64().unwrap();
    redis.start_again().await.unwrap();
    world.kill_and_restart_worker().await;
    let queue = Queue::new(&Broker::connect(&url).unwrap(), QUALITY).unwrap();
    let (asked_for, dates) = asked(&the_only_check(&queue).await);
    assert!(asked_for >= generation, "{asked_for}");
    assert_eq!(dates, Some(vec![day]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_gave_up_or_whose_findings_were_lost_is_sent_again_an_hour_later() {
    for (habit, state) in [(Habit::Fails, JobState::Dead), (Habit::Forgets, JobState::Done)] {
        let world = with_reference(|settings| settings.pace.reconcile_every = Duration::from_millis(50)).await;
        let checker = QualityStandIn::start(&world, habit);
        world.run("day", &fetch_day(world.market.range().1)).await;
        let queue = world.queue_of(QUALITY);
        wait::until("the check has ended", async || the_only_check(&queue).await.summary.state == state).await;
        drop(checker);
        let first = the_only_check(&queue).await;
        world.clock.advance(TimeDelta::minutes(59));
        world.run("something-else", &fetch_reference()).await;
        assert_eq!(the_only_check(&queue).await.summary.state, state, "it is not due again, however often one looks");

        world.clock.advance(TimeDelta::minutes(2));
        wait::until("it is sent again", async || {
            world.check_jobs().await.iter().any(|job| job.summary.state == JobState::Waiting)
        })
        .await;
        let jobs = world.check_jobs().await;
        assert_eq!(jobs.len(), if habit == Habit::Fails { 1 } else { 2 }, "{jobs:?}");
        assert!(jobs.iter().all(|job| job.summary.id.starts_with(&first.summary.id)), "{jobs:?}");
        assert!(jobs.iter().all(|job| asked(job) == asked(&first)), "{jobs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_asks_at_once_for_what_gave_up_before() {
    let mut world = with_reference(|_| {}).await;
    let checker = QualityStandIn::start(&world, Habit::Fails);
    world.run("day", &fetch_day(world.market.range().1)).await;
    let queue = world.queue_of(QUALITY);
    wait::until("the check gave up", async || the_only_check(&queue).await.summary.state == JobState::Dead).await;
    drop(checker);
    world.stop_worker().await;
    world.start_worker().await.unwrap();
    wait::until("it is sent again", async || {
        world.check_jobs().await.iter().any(|job| job.summary.state == JobState::Waiting)
    })
    .await;
}
