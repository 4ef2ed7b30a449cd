//! Answers that are late, broken, or not what was agreed.

use job_queue::JobState;
use upstream_simulators::Fault;

use crate::{
    oracle,
    world::{World, fetch_day, fetch_reference, ten_days},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_passing_fault_of_the_transport_is_tried_again_within_the_job() {
    let world = World::start_with(ten_days(), |settings| settings.request_timeout_s = 1).await;
    world.run("reference", &fetch_reference()).await;
    let day = world.market.range().1;
    let faults = [
        ("daily", Fault::HtmlBadGateway),
        ("adj_factor", Fault::CutBody),
        ("daily_basic", Fault::Hangup),
        ("suspend_d", Fault::Slow(3_000)),
        ("stk_limit", Fault::ServerError),
        ("dividend", Fault::HtmlOk),
    ];
    world.vendor.calls().clear();
    for (api, fault) in &faults {
        world.vendor.faults().next(1, api, fault.clone());
    }
    let job = world.run("day", &fetch_day(day)).await;
    assert_eq!(job.starts, 1, "{job:?}");
    for (api, _) in &faults {
        assert!(world.calls_of(api).len() >= 2, "{api} was asked again");
    }
    oracle::assert_curated(&world.generation(), &world.market, (day, day));
    assert_eq!(world.rows_of("normalized_daily_basic"), world.market.expected_codes(day).len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_is_down_is_asked_again_until_it_is_back() {
    let world = World::start_with(ten_days(), |settings| {
        settings.call_attempts = 1;
        settings.attempts = 100;
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    let day = world.market.range().1;
    world.vendor.go_down().await;
    world.push("day", &fetch_day(day)).await;
    let job = world.reaches("day", JobState::Retrying).await;
    assert!(job.summary.error.unwrap().contains("tushare is unavailable for daily after 1 attempts"));
    let failed = |status: &warehouse::StatusFile| status.freshness.iter().any(|f| f.last_error.is_some());
    world.status("that the fetch failed", failed).await;
    world.vendor.come_back().await.unwrap();
    world.reaches("day", JobState::Done).await;
    oracle::assert_curated(&world.generation(), &world.market, (day, day));
}

#[tokio::test(flavor = "multi_thread")]
async fn oddities_of_the_wire_change_nothing() {
    let world = World::start(ten_days()).await;
    for fault in [Fault::NullMsg, Fault::NoHasMore, Fault::DuplicateRows, Fault::Unsorted] {
        world.vendor.faults().always("", fault);
    }
    let days = world.market.trading_days().to_vec();
    world.run_days("odd", &days).await;
    assert_eq!(
        oracle::assert_curated(&world.generation(), &world.market, world.market.range()),
        world.market.bar_count()
    );
    assert_eq!(world.rows_of("normalized_daily"), world.market.bar_count() as u64);
}

/// A refused batch: a dead letter, nothing normalized, the response kept as it came.
async fn refused_but_kept(fault: Fault, says: &str) {
    let mut world = World::start(ten_days()).await;
    world.run("reference", &fetch_reference()).await;
    world.vendor.faults().always("daily", fault);
    world.push("day", &fetch_day(world.market.range().1)).await;
    let job = world.reaches("day", JobState::Dead).await;
    assert!(job.summary.error.as_ref().unwrap().contains(says), "{job:?}");
    assert_eq!(job.starts, 1);
    world.stop_worker().await;
    assert_eq!(world.tail("SELECT count(*) FROM normalized_daily"), ["0"]);
    assert_eq!(world.tail("SELECT count(*) FROM raw_tushare_daily WHERE sha256(body) = body_sha256"), ["1"]);
    let kept = world.tail("SELECT decode(body) FROM raw_tushare_daily");
    assert!(kept[0].contains("\"items\""), "{kept:?}");
    let message = world.tail("SELECT message FROM job_run WHERE job_id = 'day'");
    assert!(message[0].contains(says), "{message:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_column_refuses_the_day_and_keeps_the_response() {
    let renamed = Fault::RenameColumn { from: "vol".to_owned(), to: "volume".to_owned() };
    refused_but_kept(renamed, "the columns of daily changed: vol missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_column_refuses_the_day_and_keeps_the_response() {
    let dropped = Fault::DropColumn("amount".to_owned());
    refused_but_kept(dropped, "the columns of daily changed: amount missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_in_another_unit_is_refused_and_its_response_kept() {
    refused_but_kept(Fault::WrongUnit, "the unit of daily does not fit").await;
}
