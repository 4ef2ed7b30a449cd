//! The specification's test: a whole market, two days, through Redis into every layer.

use std::sync::Arc;

use serde_json::Value;
use upstream_simulators::{Market, MarketSpec};

use crate::{oracle, world::World};

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn test_tushare_daily_ingest() {
    let (first, last) = ("2024-01-02".parse().unwrap(), "2024-01-03".parse().unwrap());
    let market = Arc::new(Market::generate(&MarketSpec::new(1, 5_500, first, last)));
    let days = [first, last];
    for day in days {
        assert!(market.expected_codes(day).len() >= 5_000);
    }
    let mut world = World::start(market.clone()).await;
    world.run_days("whole", &days).await;

    // Curated, through the published generation.
    let generation = world.generation();
    assert_eq!(oracle::assert_curated(&generation, &market, (first, last)), market.bar_count());
    assert_eq!(world.rows_of("normalized_daily"), market.bar_count() as u64);
    assert_eq!(world.rows_of("curated_daily"), market.bar_count() as u64);
    assert_eq!(world.rows_of("feature_daily"), market.bar_count() as u64);
    assert_eq!(world.rows_of("normalized_daily_basic"), market.bar_count() as u64);
    assert!(generation.withheld().is_empty());

    // Normalized and raw, row by row for some codes.
    for code in market.codes().iter().step_by(611) {
        let truth = market.bars(code);
        let normalized = generation.normalized(code, first, last).unwrap();
        assert_eq!(normalized.iter().map(|row| row.bar.clone()).collect::<Vec<_>>(), truth);
        let raw = generation.raw_rows(code, first, last).unwrap();
        assert_eq!(raw.len(), truth.len());
        for (raw, truth) in raw.iter().zip(&truth) {
            let row: Vec<Value> = serde_json::from_str(raw.row.as_ref().unwrap().get()).unwrap();
            let cell = |name: &str| &row[raw.fields.iter().position(|field| field == name).unwrap()];
            assert_eq!(cell("ts_code"), code.as_str());
            assert_eq!(cell("close").as_f64().unwrap(), truth.close);
            assert_eq!((cell("vol").as_f64().unwrap() * 100.0).round() as i64, truth.volume);
            assert_eq!((cell("amount").as_f64().unwrap() * 1000.0).round(), truth.amount.unwrap());
        }
    }
    drop(generation);

    // Raw: the exact bytes, under their own hash, holding every row.
    world.stop_worker().await;
    assert_eq!(world.tail("SELECT count(*) FROM raw_tushare_daily WHERE sha256(body) <> body_sha256"), ["0"]);
    assert_eq!(world.tail("SELECT DISTINCT source || http_status FROM raw_tushare_daily"), ["tushare200"]);
    let bodies = world.tail("SELECT decode(body) FROM raw_tushare_daily ORDER BY request, id");
    let items = |body: &String| serde_json::from_str::<Value>(body).unwrap()["data"]["items"].as_array().unwrap().len();
    assert_eq!(bodies.iter().map(items).sum::<usize>(), market.bar_count());
}
