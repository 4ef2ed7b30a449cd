//! Which days may be asked for, and when; and jobs that make no sense.

use chrono::Days;
use job_queue::{JobState, payload::IngestJob};

use crate::world::{World, fetch_day, fetch_reference, shanghai, ten_days};

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_still_trades_stores_nothing_and_is_tried_again_at_half_past_three() {
    let market = ten_days();
    let day = market.trading_days()[5];
    let world = World::start_with(market.clone(), |settings| settings.now = shanghai(day, 11, 0)).await;
    world.run("reference", &fetch_reference()).await;
    world.push("too-early", &fetch_day(day)).await;
    let job = world.reaches("too-early", JobState::Retrying).await;
    assert!(job.summary.error.as_ref().unwrap().contains("bars are not final before"), "{job:?}");
    let wait = (job.summary.ready_at.unwrap() - job.summary.started_at.unwrap()).num_seconds();
    let until_final = (4 * 60 + 30) * 60;
    assert!((until_final..until_final + 60).contains(&wait), "{wait} s");
    assert_eq!(world.rows_of("normalized_daily"), 0);
    assert!(world.calls_of("daily").is_empty(), "the vendor would have served a live bar");

    world.clock.set(shanghai(day, 18, 30));
    world.run("in-time", &fetch_day(day)).await;
    assert_eq!(world.rows_of("normalized_daily"), market.expected_codes(day).len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_publication_time_of_the_configuration_is_waited_for() {
    let market = ten_days();
    let day = market.trading_days()[5];
    let world = World::start_with(market.clone(), |settings| {
        settings.now = shanghai(day, 16, 0);
        settings.publication_time = "17:30";
    })
    .await;
    world.push("too-early", &fetch_day(day)).await;
    let job = world.reaches("too-early", JobState::Retrying).await;
    let wait = (job.summary.ready_at.unwrap() - job.summary.started_at.unwrap()).num_seconds();
    assert!((90 * 60..91 * 60).contains(&wait), "{wait} s");
    assert!(world.calls_of("daily").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_date_is_a_dead_letter_that_names_today() {
    let world = World::start(ten_days()).await;
    let today = world.market.range().1;
    world.push("future", &fetch_day(today + Days::new(1))).await;
    let job = world.reaches("future", JobState::Dead).await;
    let error = job.summary.error.unwrap();
    assert!(error.contains("lies in the future") && error.contains(&today.to_string()), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_trading_is_done_without_asking_for_bars() {
    let world = World::start(ten_days()).await;
    let saturday = "2024-01-06".parse().unwrap();
    let job = world.run("saturday", &fetch_day(saturday)).await;
    assert_eq!(job.result.unwrap()["skipped"], "2024-01-06 is not a trading day");
    assert!(world.calls_of("daily").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_source_is_a_dead_letter_that_names_the_known_ones_and_has_no_freshness() {
    let world = World::start(ten_days()).await;
    let day = world.market.range().1;
    for (id, job) in [
        ("day", IngestJob::FetchDailyMarket { source: "bloomberg".to_owned(), trade_date: day }),
        ("reference", IngestJob::FetchReference { source: "bloomberg".to_owned() }),
    ] {
        world.push(id, &job).await;
        let job = world.reaches(id, JobState::Dead).await;
        let error = job.summary.error.unwrap();
        assert!(error.contains("`bloomberg` is not configured") && error.contains("[tushare]"), "{error}");
    }
    let status = world
        .status("both runs", |status| status.recent_runs.iter().filter(|run| run.outcome == "failed").count() == 2);
    assert!(status.await.freshness.iter().all(|freshness| freshness.source == "tushare"));
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_that_cannot_be_read_are_dead_letters_and_the_worker_goes_on() {
    let world = World::start(ten_days()).await;
    let raw = world.queue.with_payload::<serde_json::Value>();
    for (id, payload) in [
        ("newer", serde_json::json!({"version": 9, "job": "compact"})),
        (
            "no-date",
            serde_json::json!({"version": 1, "job": "fetch_daily_market", "source": "tushare", "trade_date": "NaN"}),
        ),
    ] {
        raw.push(job_queue::Push::id(id), &payload).await.unwrap();
        let job = world.reaches(id, JobState::Dead).await;
        assert!(job.summary.error.unwrap().starts_with("bad payload"));
    }
    world.run("good", &fetch_day(world.market.range().1)).await;
}
