//! Every way in which Tushare says no, and what becomes of the job.

use std::time::Duration;

use job_queue::{JobDetail, JobState};
use upstream_simulators::{Fault, tushare::Refusal};

use crate::{
    log_capture, oracle,
    settings::TOKEN,
    wait,
    world::{World, fetch_day, fetch_reference, ten_days},
};

/// A world whose reference data stands, so that a day's job asks for that day alone.
async fn with_reference() -> World {
    let world = World::start(ten_days()).await;
    world.run("reference", &fetch_reference()).await;
    world
}

fn error(job: &JobDetail) -> &str {
    job.summary.error.as_deref().unwrap_or_default()
}

async fn refused(world: &World, refusal: Refusal) -> JobDetail {
    world.vendor.faults().always("daily", Fault::Refuse(refusal));
    world.push("refused", &fetch_day(world.market.range().1)).await;
    wait::for_some("the job is refused", async || {
        let job = world.queue.show("refused").await.unwrap();
        matches!(job.summary.state, JobState::Dead | JobState::Retrying).then_some(job)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_makes_a_dead_letter_and_is_shown_nowhere() {
    log_capture::start();
    let wrong = "5ec2e7-token-of-nobody";
    let mut world = World::start_with(ten_days(), |settings| settings.token = wrong.to_owned()).await;
    let day = world.market.range().1;
    world.push("refused", &fetch_day(day)).await;
    let job = world.reaches("refused", JobState::Dead).await;
    assert!(error(&job).contains("tushare refuses the token"), "{job:?}");
    assert_eq!(job.starts, 1);
    let status = world.status("the failure", |status| status.freshness.iter().any(|f| f.last_error.is_some())).await;
    world.stop_worker().await;
    let body = std::fs::read_to_string(world.published().join("status.json")).unwrap();
    let log = log_capture::text();
    assert!(log.contains("job is a dead letter"), "the log is captured");
    for text in [format!("{job:?}"), format!("{status:?}"), body, log] {
        assert!(!text.contains(wrong) && !text.contains("5ec2e7"), "{text}");
    }
    assert!(world.tail("SELECT message FROM job_run").iter().all(|message| !message.contains("5ec2e7")));
    assert_eq!(world.tail("SELECT count(*) FROM normalized_daily"), ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_requests_and_the_log_never_hold_the_token() {
    log_capture::start();
    let mut world = with_reference().await;
    world.run("day", &fetch_day(world.market.range().1)).await;
    world.stop_worker().await;
    for table in world.tail("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'raw_%'") {
        let requests = world.tail(&format!("SELECT request || decode(body) FROM {table}"));
        assert!(!requests.is_empty() && requests.iter().all(|request| !request.contains(TOKEN)), "{table}");
    }
    let log = log_capture::text();
    assert!(log.contains("job done") && !log.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_that_only_a_person_can_end_make_dead_letters_that_say_so() {
    for (refusal, text) in [
        (Refusal::NoPermission, "this tushare account has no permission for daily"),
        (Refusal::NoPermissionOldHost, "this tushare account has no permission for daily"),
        (Refusal::TooManyAddresses, "tushare refuses this address"),
        (Refusal::BadParameter("trade_date".to_owned()), "tushare rejects the request to daily (-2001)"),
        (Refusal::UnknownApi, "tushare rejects the request to daily (40001)"),
    ] {
        let world = with_reference().await;
        let job = refused(&world, refusal).await;
        assert_eq!(job.summary.state, JobState::Dead, "{job:?}");
        assert!(error(&job).contains(text), "{job:?}");
        assert_eq!((job.starts, world.calls_of("daily").len()), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spent_allowances_are_waited_for_until_the_hour_or_the_day_is_over() {
    // The clock stands at 20:00 in Shanghai: four hours to midnight.
    for (refusal, seconds) in [(Refusal::PerHour(10), 3_600), (Refusal::PerDay(5), 4 * 3_600)] {
        let world = with_reference().await;
        let job = refused(&world, refusal).await;
        assert_eq!(job.summary.state, JobState::Retrying, "{job:?}");
        let wait = (job.summary.ready_at.unwrap() - job.summary.started_at.unwrap()).num_seconds();
        assert!((seconds..seconds + 60).contains(&wait), "{wait} s for {seconds} s");
        assert_eq!(world.calls_of("daily").len(), 1, "it does not ask in vain");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_minute_is_waited_out_within_the_attempt_and_a_stop_in_between_loses_nothing() {
    let mut world = World::start_with(ten_days(), |settings| {
        settings.pace.workers.grace = Duration::from_millis(300);
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    let day = world.market.range().1;
    world.vendor.faults().next(1, "daily", Fault::Refuse(Refusal::PerMinute(500)));
    world.push("refused", &fetch_day(day)).await;
    wait::until("the vendor refuses", async || world.calls_of("daily").iter().any(|call| call.outcome == "40203"))
        .await;
    let runs = |status: &warehouse::StatusFile| status.running_jobs.iter().any(|job| job.job_id == "refused");
    world.status("that the job runs", runs).await;
    assert_eq!(world.queue.show("refused").await.unwrap().summary.state, JobState::Running);

    world.stop_worker().await;
    let job = world.queue.show("refused").await.unwrap();
    assert!(!job.summary.state.is_final() && job.summary.attempts == 0, "released without an attempt lost: {job:?}");
    world.start_worker().await.unwrap();
    world.reaches("refused", JobState::Done).await;
    oracle::assert_curated(&world.generation(), &world.market, (day, day));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_for_the_extras_a_day_is_stored_without_them() {
    let denied = ["adj_factor", "daily_basic", "stk_limit", "suspend_d", "dividend", "namechange"];
    let world = World::start_with(ten_days(), |settings| {
        settings.vendor.denied = denied.map(str::to_owned).into();
    })
    .await;
    let day = world.market.trading_days()[0];
    world.run("day", &fetch_day(day)).await;
    assert_eq!(world.rows_of("normalized_daily"), oracle::bars_on(&world.market, &[day]) as u64);
    assert_eq!((world.rows_of("normalized_daily_basic"), world.rows_of("instrument_name")), (0, 0));
}
