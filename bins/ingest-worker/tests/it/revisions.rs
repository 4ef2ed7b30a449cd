//! What a vendor says differently the second time.

use chrono::TimeDelta;
use market_model::DailyBar;

use crate::world::{World, fetch_day, ten_days};

#[tokio::test(flavor = "multi_thread")]
async fn a_revised_bar_replaces_the_stored_one_which_stays_in_the_log() {
    let market = ten_days();
    let mut world = World::start(market.clone()).await;
    let day = market.range().1;
    world.run("first", &fetch_day(day)).await;
    let code = market.expected_codes(day)[0];
    let truth = market.bar(&code, day).unwrap();
    let revised = DailyBar { volume: truth.volume + 300, close: truth.low, ..truth.clone() };
    world.vendor.faults().revise(revised.clone());
    world.clock.advance(TimeDelta::minutes(5));
    let job = world.run("second", &fetch_day(day)).await;
    let result = job.result.unwrap();
    assert_eq!((&result["replaced"], &result["inserted"]), (&1.into(), &0.into()), "{result}");

    let stored = world.generation().normalized(&code, day, day).unwrap();
    assert_eq!(
        stored.iter().map(|row| (row.bar.close, row.bar.volume)).collect::<Vec<_>>(),
        [(revised.close, revised.volume)]
    );
    let mut bars = Vec::new();
    world.generation().bars(&code, day, day, &mut bars).unwrap();
    assert_eq!((bars[0].close, bars[0].volume), (revised.close, revised.volume));

    world.stop_worker().await;
    let logged = world.tail("SELECT old_row FROM normalized_revision WHERE dataset = 'normalized_daily'");
    let [old] = &logged[..] else { panic!("{logged:?}") };
    let old: serde_json::Value = serde_json::from_str(old).unwrap();
    assert_eq!((&old["close"], &old["volume"]), (&truth.close.into(), &truth.volume.into()));
    let raw_ids = "SELECT count(*) FROM normalized_revision WHERE old_raw_id < new_raw_id";
    assert_eq!(world.tail(raw_ids), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_vendor_withdraws_stays_with_a_finding() {
    let market = ten_days();
    let world = World::start(market.clone()).await;
    let day = market.range().1;
    world.run("first", &fetch_day(day)).await;
    let code = market.expected_codes(day)[3];
    world.vendor.faults().withdraw(code, day);
    world.clock.advance(TimeDelta::minutes(5));
    let job = world.run("second", &fetch_day(day)).await;
    assert_eq!(job.result.unwrap()["vanished"], 1);
    let mut bars = Vec::new();
    world.generation().bars(&code, day, day, &mut bars).unwrap();
    assert_eq!(bars.len(), 1);
    let status = world.status("the finding", |status| !status.open_findings.is_empty()).await;
    assert_eq!(status.open_findings.get("warning"), Some(&1));

    // It comes back: the finding closes.
    world.vendor.faults().clear();
    world.clock.advance(TimeDelta::minutes(5));
    world.run("third", &fetch_day(day)).await;
    world.status("that the finding is closed", |status| status.open_findings.is_empty()).await;
}
