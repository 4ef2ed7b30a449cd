//! TDX's share of the reference data: announced events, a fifth of the codes a day, and the main indices.

use chrono::TimeDelta;
use job_queue::payload::IngestJob;
use market_model::{Code, InstrumentKind};

use crate::world::{World, dividend_season, fetch_day, fetch_day_of, fetch_reference, ten_days};

fn fetch_events() -> IngestJob {
    IngestJob::FetchReference { source: "tdx".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_five_days_every_listed_code_has_been_asked_for_its_events_once() {
    let mut world = World::start_with(dividend_season(), |settings| settings.vendors.tdx = 2).await;
    world.run("reference", &fetch_reference()).await;
    for day in 0..5 {
        world.run(&format!("events@{day}"), &fetch_events()).await;
        world.clock.advance(TimeDelta::days(1));
    }
    let today = world.market.range().1;
    for code in world.market.codes() {
        let listed = world.market.instrument(code, today).unwrap().0.is_listed_on(today);
        // One whose answer is "nothing" is asked of a second server, too.
        let asked = world.vendors.tdx_calls("xdxr", code);
        assert_eq!(asked > 0, listed, "{code}");
        assert!(asked <= 2, "{code}: {asked}");
    }
    world.stop_worker().await;
    let stored: usize = world.tail("SELECT count(*) FROM corporate_action WHERE source = 'tdx'")[0].parse().unwrap();
    let actions = |code: &Code| world.market.actions(code).len();
    assert!(stored > 0 && stored <= world.market.codes().iter().map(actions).sum::<usize>(), "{stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_indices_become_instruments_and_both_vendors_bring_their_bars() {
    let world = World::start_with(ten_days(), |settings| settings.vendors.tdx = 2).await;
    world.run("reference", &fetch_reference()).await;
    world.run("events", &fetch_events()).await;
    let index: Code = "000001.SH".parse().unwrap();
    let instrument = world.generation().instrument(&index).cloned().unwrap();
    assert_eq!((instrument.kind, &*instrument.name), (InstrumentKind::Index, "上证指数"));

    let day = *world.market.trading_days().last().unwrap();
    let truth = world.market.derived_bars(&index).into_iter().find(|bar| bar.trade_date == day).unwrap();
    let source = |world: &World| {
        let (generation, mut bars) = (world.generation(), Vec::new());
        generation.bars(&index, day, day, &mut bars).unwrap();
        assert_eq!(bars[0].close, truth.close);
        generation.source_name(bars[0].source).to_owned()
    };
    world.run("tdx", &fetch_day_of("tdx", day)).await;
    assert_eq!(source(&world), "tdx");
    world.run("tushare", &fetch_day(day)).await;
    assert_eq!(source(&world), "tushare");
    assert!(world.generation().withheld().is_empty(), "an index is no part of the market's coverage");
}
