//! Thirty years of a real stock through the same path.

use std::{path::Path, sync::Arc};

use chrono::NaiveDate;
use daemon_kit::http;
use ingest_worker::history_batch;
use market_model::FactorBasis;
use source_tushare::{Client, ClientConfig, Secret};
use upstream_simulators::Market;
use warehouse::{Writer, WriterOptions};

use crate::{
    oracle,
    settings::TOKEN,
    world::{World, fetch_reference},
};

fn fixture() -> Option<Market> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let market = Market::from_fixture(&folder).unwrap();
    if market.is_none() {
        println!("SKIPPED: no fixtures at {}", folder.display());
    }
    market
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_years_of_000001_keep_every_bar_and_the_known_factor() {
    let Some(market) = fixture() else { return };
    let market = Arc::new(market);
    let code = "000001.SZ".parse().unwrap();
    let (first, last) = market.range();
    let mut world = World::start_with(market.clone(), |settings| settings.attempts = 1).await;
    world.run("reference", &fetch_reference()).await;
    // Whole-day suspensions on ex-dates: days without any bar, which a backfill has to ask for one by one.
    let idle: Vec<NaiveDate> =
        market.trading_days().iter().copied().filter(|day| market.is_suspended(&code, *day)).collect();
    world.run_days("idle", &idle).await;
    world.stop_worker().await;

    let now = world.clock.clone();
    let mut config = ClientConfig::new(Secret::new(TOKEN));
    config.base_url.clone_from(&world.vendor.url);
    let http = http::client(&http::ClientOptions::default()).unwrap();
    let client = Client::new(http, config, Arc::new(move || now.now()));
    let bars = client.daily_history(code, first, last).await.unwrap();
    let factors = client.adj_factor_history(code, first, last).await.unwrap();
    assert_eq!((bars.rows.len(), bars.pages.len(), bars.rejected.len()), (7_226, 2, 0));

    let mut writer = Writer::open(world.root(), WriterOptions::default()).unwrap();
    let committed = writer.commit(history_batch("tushare", bars, factors), world.clock.now()).unwrap();
    assert_eq!(committed.dates.len(), 7_226, "{committed:?}");
    writer.publish(world.clock.now()).unwrap();
    drop(writer);

    let generation = world.generation();
    assert_eq!(oracle::assert_curated(&generation, &market, (first, last)), 7_226);
    assert_eq!(generation.anchor(&code).unwrap().basis, FactorBasis::Listing);
    let known = "2018-07-12".parse().unwrap();
    let mut bars = Vec::new();
    generation.bars(&code, known, known, &mut bars).unwrap();
    assert!((bars[0].factor - 252.3810).abs() < 0.000_05, "{}", bars[0].factor);
    let normalized = generation.normalized(&code, first, last).unwrap();
    assert!(normalized.iter().map(|row| &row.bar).eq(&market.bars(&code)), "every normalized bar is the real one");
}
