//! What a crash leaves behind, and who may open the warehouse.

use market_model::{CalendarDay, Exchange};
use warehouse::{Batch, RawResponse, Sourced, Writer, WriterOptions};

use crate::{
    wait,
    world::{World, ten_days},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_but_not_published_is_published_at_the_next_start() {
    let mut world = World::set_up(ten_days(), |_| {}).await;
    // The vendor is away: whatever is published comes from the earlier process.
    world.vendor.go_down().await;
    let mut writer = Writer::open(world.root(), WriterOptions::default()).unwrap();
    let response = RawResponse {
        source: "tushare".to_owned(),
        dataset: "trade_cal".to_owned(),
        request: "{}".to_owned(),
        fetched_at: world.clock.now(),
        http_status: 200,
        body: b"{}".to_vec(),
    };
    let day = |(row, day): (u32, &chrono::NaiveDate)| Sourced {
        value: CalendarDay { exchange: Exchange::Sse, date: *day, is_open: true, previous_open: None },
        response: 0,
        row,
    };
    let batch = Batch {
        source: "tushare".to_owned(),
        responses: vec![response],
        calendar: (0..).zip(world.market.trading_days()).map(day).collect(),
        ..Batch::default()
    };
    assert!(writer.commit(batch, world.clock.now()).unwrap().changed);
    drop(writer);
    assert!(world.try_generation().is_none());

    world.start_worker().await.unwrap();
    wait::until("a generation is published", async || world.try_generation().is_some()).await;
    assert_eq!(world.rows_of("trading_calendar"), world.market.trading_days().len() as u64);
    let number = world.generation().number();
    world.status("so", |status| status.generation == Some(number) && !status.unpublished).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_worker_on_the_same_warehouse_refuses_to_start_and_says_why() {
    let world = World::start(ten_days()).await;
    let mut second = world.neighbour().await;
    let error = format!("{:#}", second.start_worker().await.unwrap_err());
    assert!(error.contains("open the warehouse at") && error.contains("another process is writing"), "{error}");
    assert!(error.contains("writer.lock"), "{error}");
}
