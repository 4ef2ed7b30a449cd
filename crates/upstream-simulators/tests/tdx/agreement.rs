//! Two vendors over one market: a TDX server and a Tushare say the same of a day.

use std::{collections::HashMap, sync::Arc};

use market_model::Code;
use serde_json::{Value, json};
use upstream_simulators::{TushareOptions, TushareServer};

use crate::harness::{Sim, thousandths};

#[tokio::test]
async fn tushare_tells_the_same_prices_lots_and_amounts() {
    rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let options = TushareOptions::default();
    let token = options.token.clone();
    let tushare = TushareServer::start(Arc::clone(sim.server.market()), options).await.unwrap();
    let last = sim.market().range().1;
    let call = json!({"api_name": "daily", "token": token, "params": {"trade_date": last.format("%Y%m%d").to_string()},
        "fields": "ts_code,open,high,low,close,vol,amount"});
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let text = http.post(&tushare.url).body(call.to_string()).send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    let rows = answer["data"]["items"].as_array().unwrap();
    let theirs: HashMap<Code, Vec<f64>> = rows
        .iter()
        .map(|row| {
            let numbers = row.as_array().unwrap()[1..].iter().map(|cell| cell.as_f64().unwrap()).collect();
            (row[0].as_str().unwrap().parse().unwrap(), numbers)
        })
        .collect();
    assert_eq!(theirs.len(), sim.market().expected_codes(last).len());
    for (code, numbers) in theirs {
        let bar = client.bars(&code, 9, 0, 1).await.remove(0);
        assert_eq!((bar.date(), bar.prices.to_vec()), (last, numbers[..4].iter().map(|p| thousandths(*p)).collect()));
        // Lots are whole here and have two decimals there; an amount is a float of yuan here, thousands of yuan there.
        assert!((f64::from(bar.volume) - numbers[4]).abs() <= 0.5 + numbers[4] * 1e-7, "{code} {bar:?}");
        assert!((f64::from(bar.amount) / (numbers[5] * 1e3) - 1.0).abs() < 1e-6, "{code} {bar:?}");
    }
}
