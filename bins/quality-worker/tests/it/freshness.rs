//! The clock: what is due when, and the schedule that asks.

use std::collections::BTreeSet;

use job_queue::{JobState, payload::QualityJob};

use crate::{
    shop::{day, september, shanghai},
    wait,
    world::{World, field, said},
};

#[tokio::test(flavor = "multi_thread")]
async fn weekends_and_golden_week_are_silent_and_the_first_evening_after_is_not() {
    let mut world = World::set_up(5).await;
    world.shop.store_clean("tushare", &[day("2026-09-30")]);
    world.shop.publish();
    world.shop.write_status(&[("tushare/daily", "2026-09-30 18:31", day("2026-09-30"))]);
    world.start().await.unwrap();
    let judged = async |at: &str| {
        world.clock.set(shanghai(at));
        world.run(&format!("check_freshness@{}", at.replace(' ', "T")), &QualityJob::CheckFreshness {}).await
    };
    for at in ["2026-09-30 19:00", "2026-10-02 00:00", "2026-10-04 12:00", "2026-10-07 19:00", "2026-10-08 18:59"] {
        assert_eq!(judged(at).await["overdue"], serde_json::json!([]), "{at}");
    }
    world.told(0).await;
    assert_eq!(judged("2026-10-08 19:00").await["overdue"], serde_json::json!(["tushare/daily"]));
    world.told(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_published_or_fetched_nothing_is_overdue() {
    let mut world = World::set_up(1).await;
    world.start().await.unwrap();
    let result = world.run("first", &QualityJob::CheckFreshness {}).await;
    assert_eq!(result, serde_json::json!({"generation": null, "overdue": []}));
    let recorded = world.recorded().await;
    assert!(recorded[0].0.starts_with("record_findings@0#first-0-"), "{recorded:?}");
    assert_eq!((recorded[0].1.generation, recorded[0].1.commit_seq), (None, 0));
    // A status without a generation: the day cannot be judged without a calendar, the silence can.
    world.shop.write_status(&[("tushare/daily", "2026-09-01 18:31", day("2026-09-01"))]);
    world.clock.set(shanghai("2026-09-20 12:00"));
    let result = world.run("second", &QualityJob::CheckFreshness {}).await;
    assert_eq!(result["overdue"], serde_json::json!(["tushare/daily"]));
    world.told(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_that_data_is_late_although_nothing_can_be_recorded() {
    let mut world = World::set_up(1).await;
    world.shop.write_status(&[("tushare/daily", "2026-09-01 18:31", day("2026-09-01"))]);
    world.start().await.unwrap();
    world.writers_redis.kill().unwrap();
    world.push("job", &QualityJob::CheckFreshness {}).await;
    assert_eq!(said(&world.told(1).await), ["firing freshness"]);
    world.writers_redis.start_again().await.unwrap();
    world.reaches("job", JobState::Done).await;
    assert_eq!(world.recorded().await.len(), 1);
    world.told(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_status_is_waited_for() {
    let mut world = World::set_up(1).await;
    std::fs::create_dir_all(world.published()).unwrap();
    std::fs::write(world.published().join("status.json"), "{").unwrap();
    world.start().await.unwrap();
    world.push("job", &QualityJob::CheckFreshness {}).await;
    wait::until("it says what is damaged", async || {
        let job = world.queue.show("job").await.unwrap();
        job.summary.error.is_some_and(|error| error.contains("status.json is damaged"))
    })
    .await;
    world.shop.write_status(&[]);
    world.reaches("job", JobState::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_seven_the_missed_run_is_told_and_the_last_five_days_are_judged_once_however_many_workers_run() {
    let mut world = World::set_up(5).await;
    let days = september(15);
    world.shop.store_clean("tushare", &days);
    world.shop.publish();
    assert_eq!(days[14], day("2026-09-21"));
    world.shop.write_status(&[("tushare/daily", "2026-09-21 18:31", days[14])]);
    world.clock.set(shanghai("2026-09-22 18:59"));
    world.schedule = ["0 0 */6 * * *", "0 0 19 * * *"];
    world.start().await.unwrap();
    let mut twin = world.twin().await;
    twin.start().await.unwrap();
    world.schedule_begins().await;
    world.clock.set(shanghai("2026-09-22 19:00"));
    world.reaches("safety_freshness@2026-09-22T19:00:00+08:00", JobState::Done).await;
    let job = world.reaches("safety_check@2026-09-22T19:00:00+08:00", JobState::Done).await;
    let last_five =
        QualityJob::CheckGeneration { generation: None, dates: Some([&days[11..15], &[day("2026-09-22")]].concat()) };
    assert_eq!(QualityJob::try_from(job.payload.unwrap()).unwrap(), last_five);
    let told = async || [world.receiver.messages(), twin.receiver.messages()].concat();
    wait::until("somebody was told", async || !told().await.is_empty()).await;
    let messages = told().await;
    assert_eq!(said(&messages), ["firing freshness"], "by one of the two");
    assert!(field(&messages[0], "message").as_str().unwrap().contains("tushare/daily"));
    // A job that moves on between two lists stands in both.
    let mut names = BTreeSet::new();
    for state in JobState::ALL {
        names.extend(world.queue.list(state, 0, 100).await.unwrap().jobs.into_iter().map(|job| job.id));
    }
    assert_eq!(names.len(), 2, "{names:?}");
    world.clock.set(shanghai("2026-09-23 00:00"));
    world.reaches("freshness@2026-09-23T00:00:00+08:00", JobState::Done).await;
    twin.stop().await;
}
