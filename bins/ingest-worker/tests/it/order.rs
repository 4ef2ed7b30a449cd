//! The same days in any order, and again: the same warehouse.

use std::sync::Arc;

use chrono::NaiveDate;
use upstream_simulators::{Market, MarketSpec};
use warehouse::Generation;

use crate::{
    oracle,
    settings::Settings,
    world::{World, fetch_reference},
};

/// Days per burst: the writer publishes when its queue runs empty.
const IN_FLIGHT: usize = 32;

/// A world whose writer's DuckDB has so many threads.
async fn world(market: &Arc<Market>, threads: u32) -> World {
    let changed = |settings: &mut Settings| (settings.concurrency, settings.threads) = (IN_FLIGHT, threads);
    World::start_with(market.clone(), changed).await
}

/// A fixed shuffle.
fn shuffled(days: &[NaiveDate]) -> Vec<NaiveDate> {
    let mut days = days.to_vec();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..days.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        days.swap(at, (state >> 33) as usize % (at + 1));
    }
    days
}

/// Adjusted prices follow from the factor: a day's hfq return is close over the reference price, and forward-adjusted
/// prices meet the traded ones at the anchor.
fn assert_adjusted(generation: &Generation, market: &Market) {
    let (from, to) = market.range();
    let mut bars = Vec::new();
    for code in market.codes() {
        bars.clear();
        generation.bars(code, from, to, &mut bars).unwrap();
        let Some(last) = bars.last() else { continue };
        let anchor = generation.anchor(code).unwrap();
        assert_eq!((anchor.date, anchor.factor), (last.date, last.factor));
        assert_eq!(last.close * (last.factor / anchor.factor), last.close);
        for pair in bars.windows(2) {
            let hfq = pair[1].close * pair[1].factor / (pair[0].close * pair[0].factor);
            let qfq =
                pair[1].close * (pair[1].factor / anchor.factor) / (pair[0].close * (pair[0].factor / anchor.factor));
            assert!((hfq / qfq - 1.0).abs() < 1e-12);
            let bar = market.bar(code, pair[1].date).unwrap();
            // Events inside a suspension apply to the next bar, so this holds over every pair of bars.
            let reference = bar.close / bar.pre_close.unwrap();
            assert!((hfq / reference - 1.0).abs() < 1e-9, "{code} {}: {hfq} for {reference}", pair[1].date);
        }
        let mean =
            |count: usize| bars.iter().rev().take(count).map(|bar| bar.close * bar.factor).sum::<f64>() / count as f64;
        let features = generation.features(code, last.date).unwrap().unwrap();
        assert!(!features.computed || generation.instrument(code).is_none(), "{code} has stored features");
        assert_eq!(features.ma_5.is_some(), bars.len() >= 5);
        if let Some(ma_5) = features.ma_5 {
            assert!((ma_5 / mean(5) - 1.0).abs() < 1e-9, "{code}: {ma_5}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn any_order_and_any_repetition_gives_the_same_logical_hash() {
    let market = Arc::new(Market::generate(&MarketSpec::small()));
    let days = market.trading_days().to_vec();
    let order = shuffled(&days);
    assert_ne!(order, days);
    let (ascending, mixed) = (world(&market, 1).await, world(&market, 2).await);
    let in_order = async {
        ascending.run("reference", &fetch_reference()).await;
        ascending.run_days("first", &days).await;
    };
    let out_of_order = async {
        mixed.run_days("shuffled", &order).await;
        mixed.run("reference", &fetch_reference()).await;
    };
    tokio::join!(in_order, out_of_order);

    let generation = ascending.generation();
    assert_eq!(oracle::assert_curated(&generation, &market, market.range()), market.bar_count());
    assert_adjusted(&generation, &market);
    let hash = &generation.manifest().logical_hash;
    assert_eq!(&mixed.generation().manifest().logical_hash, hash);

    // Again, some of them twice at the same time: nothing changes, and nothing is published for it.
    let again = &order[..15];
    tokio::join!(ascending.run_days("again", again), ascending.run_days("and-again", &again[..5]));
    assert_eq!(&ascending.generation().manifest().logical_hash, hash);
    assert_eq!(ascending.generation().number(), generation.number());
}
