//! A bad row of a vendor: put aside, told about, and the day served without it.

use std::time::Duration;

use chrono::TimeDelta;
use market_model::{Code, DailyBar};
use quality_rules::Severity;
use upstream_simulators::tushare::{CellDamage, Damage};
use warehouse::{QuarantineFilter, QuarantinedRow};

use crate::{
    settings::Settings,
    wait,
    world::{World, fetch_day, hundred_codes},
};

/// A world whose last day but one is stored, and a code of which the last day's row comes damaged.
pub(crate) async fn with_damage(column: &str, to: Damage) -> (World, DailyBar) {
    let world = World::start(hundred_codes()).await;
    let days = world.market.trading_days().to_vec();
    let (before, day) = (days[days.len() - 2], days[days.len() - 1]);
    world.run("before", &fetch_day(before)).await;
    let trades = |code: &&Code| world.market.bar(code, before).is_some() && world.market.bar(code, day).is_some();
    let code = *world.market.codes().iter().find(trades).unwrap();
    world.vendor.faults().damage("daily", CellDamage::new(code, day, column, to));
    world.run("day", &fetch_day(day)).await;
    let bar = world.market.bar(&code, day).unwrap();
    (world, bar)
}

/// The only quarantined row, once it is published.
pub(crate) async fn the_only(world: &World) -> QuarantinedRow {
    wait::for_some("a row is in quarantine", async || {
        let mut rows = world.try_generation()?.quarantine(&QuarantineFilter::default()).unwrap().rows;
        assert!(rows.len() < 2, "{rows:?}");
        rows.pop()
    })
    .await
}

/// Closes of `code` that the generation serves, day by day.
pub(crate) fn served(world: &World, code: &Code) -> Vec<f64> {
    let (first, last) = world.market.range();
    let mut bars = Vec::new();
    world.generation().bars(code, first, last, &mut bars).unwrap();
    bars.iter().map(|bar| bar.close).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_with_close_0_injected_is_an_error_and_the_day_is_served_without_it() {
    let (world, bar) = with_damage("close", Damage::Value(0.into())).await;
    let row = the_only(&world).await;
    assert_eq!((&*row.state, &*row.rule, row.code.as_deref()), ("held", "nonpositive_price", Some(bar.code.as_str())));
    assert_eq!((row.trade_date, &*row.source), (Some(bar.trade_date), "tushare"));
    assert!(row.value.contains("close=0"), "{row:?}");

    let findings = world.open_findings();
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((&*finding.check, finding.severity), ("nonpositive_price", Severity::Error));
    assert_eq!((finding.code, finding.trade_date, finding.generation), (Some(bar.code), Some(bar.trade_date), None));

    assert!(world.generation().withheld().is_empty(), "one row of a hundred");
    assert_eq!(served(&world, &bar.code).len(), 1, "the day before");
    let others = world.market.expected_codes(bar.trade_date).len() as u64 - 1;
    let day = world.generation();
    let stored = world
        .market
        .codes()
        .iter()
        .filter(|code| !day.normalized(code, bar.trade_date, bar.trade_date).unwrap().is_empty());
    assert_eq!(stored.count() as u64, others);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_corrected_row_supersedes_the_bad_one_and_the_finding_is_closed() {
    let (world, bar) = with_damage("close", Damage::Value(0.into())).await;
    world.vendor.faults().clear();
    world.clock.advance(TimeDelta::minutes(5));
    world.run("again", &fetch_day(bar.trade_date)).await;
    assert_eq!(served(&world, &bar.code).last(), Some(&bar.close));
    assert_eq!(the_only(&world).await.state, "superseded");
    assert!(world.open_findings().is_empty(), "{:?}", world.open_findings());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bad_row_is_one_entry_however_often_it_comes() {
    let (world, bar) = with_damage("low", Damage::Value(0.into())).await;
    let first = the_only(&world).await;
    for again in 0..2 {
        world.clock.advance(TimeDelta::minutes(5));
        world.run(&format!("again-{again}"), &fetch_day(bar.trade_date)).await;
    }
    let last = the_only(&world).await;
    assert_eq!((&last.id, last.quarantined_at, &*last.state), (&first.id, first.quarantined_at, "held"));
    assert_eq!(world.open_findings().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_of_today_leaves_the_good_row_of_yesterday_where_it_is() {
    // Nothing of the market changes, so that the quarantine is published with other bookkeeping.
    let quickly = |settings: &mut Settings| settings.pace.bookkeeping_every = Duration::from_millis(1);
    let world = World::start_with(hundred_codes(), quickly).await;
    let day = world.market.range().1;
    world.run("good", &fetch_day(day)).await;
    let code = world.market.expected_codes(day)[0];
    let bar = world.market.bar(&code, day).unwrap();
    world.vendor.faults().damage("daily", CellDamage::new(code, day, "close", Damage::Value(0.into())));
    world.clock.advance(TimeDelta::minutes(5));
    world.run("bad", &fetch_day(day)).await;
    assert_eq!(served(&world, &code), [bar.close], "good rows are never deleted by a bad batch");
    assert_eq!(the_only(&world).await.rule, "nonpositive_price");
}
