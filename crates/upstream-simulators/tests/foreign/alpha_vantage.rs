//! The simulated Alpha Vantage.

use std::time::Duration;

use chrono::TimeDelta;
use upstream_simulators::{AlphaVantageFault, AlphaVantageOptions, AlphaVantageServer, SimClock};

use crate::harness::{client, code, get, json, world};

struct Sim {
    server: AlphaVantageServer,
    clock: SimClock,
    client: reqwest::Client,
    key: String,
}

async fn sim(options: AlphaVantageOptions) -> Sim {
    let world = world();
    let clock = SimClock::at(world.after_last_day());
    let key = options.api_key.clone();
    let options = AlphaVantageOptions { clock: Some(clock.clock()), ..options };
    Sim { server: AlphaVantageServer::start(world, options).await.expect("a free port"), clock, client: client(), key }
}

impl Sim {
    async fn ask(&self, query: &str) -> String {
        let url = format!("{}/query?{query}&apikey={}", self.server.url, self.key);
        let (status, body) = get(&self.client, &url, "reqwest").await;
        assert_eq!(status, 200);
        body
    }
}

const DAILY: &str = "function=TIME_SERIES_DAILY&symbol=IBM";

fn unlimited() -> AlphaVantageOptions {
    AlphaVantageOptions { requests_per_day: None, min_interval: None, ..AlphaVantageOptions::default() }
}

#[tokio::test]
async fn a_series_is_an_object_by_date_newest_first_with_strings_inside() {
    let sim = sim(unlimited()).await;
    let body = sim.ask(DAILY).await;
    let answer = json(&body);
    let series = answer["Time Series (Daily)"].as_object().unwrap();
    assert_eq!(series.len(), 100);
    let bars = sim.server.world().bars(&code("IBM.US"));
    let (newest, before) = (&bars[bars.len() - 1], &bars[bars.len() - 2]);
    let place = |date: String| body.find(&format!("{date}\": {{")).unwrap();
    assert!(place(newest.trade_date.to_string()) < place(before.trade_date.to_string()));
    let row = &series[&newest.trade_date.to_string()];
    assert_eq!(row["4. close"], format!("{:.4}", newest.close));
    assert_eq!(row["5. volume"], newest.volume.to_string());
    assert_eq!(answer["Meta Data"]["2. Symbol"], "IBM");
    assert_eq!(answer["Meta Data"]["4. Output Size"], "Compact");
    assert_eq!(answer["Meta Data"]["5. Time Zone"], "US/Eastern");
}

#[tokio::test]
async fn adjusted_rows_have_raw_prices_dividends_and_splits() {
    let sim = sim(AlphaVantageOptions::premium()).await;
    let answer = json(&sim.ask("function=TIME_SERIES_DAILY_ADJUSTED&symbol=GE&outputsize=full").await);
    let world = sim.server.world();
    let general = code("GE.US");
    let split = world.actions(&general).into_iter().find(|action| action.bonus_per_10 != 0.0).unwrap();
    let row = &answer["Time Series (Daily)"][split.ex_date.to_string()];
    assert_eq!(row["8. split coefficient"], "0.1250");
    let bars = world.bars(&general);
    let first = &bars[0];
    let row = &answer["Time Series (Daily)"][first.trade_date.to_string()];
    assert_eq!(row["4. close"], format!("{:.4}", first.close));
    let adjusted: f64 = row["5. adjusted close"].as_str().unwrap().parse().unwrap();
    assert!((adjusted / first.close - 8.0).abs() < 0.5, "eight times, less the dividends: {row}");
    let dividend = world.actions(&general).into_iter().find(|action| action.cash_per_10 > 0.0).unwrap();
    let row = &answer["Time Series (Daily)"][dividend.ex_date.to_string()];
    assert_eq!(row["7. dividend amount"], format!("{:.4}", dividend.cash_per_10 / 10.0));
    assert_eq!(answer["Meta Data"]["4. Output Size"], "Full size");
}

#[tokio::test]
async fn pairs_have_their_own_function_and_no_volume() {
    let sim = sim(unlimited()).await;
    let answer = json(&sim.ask("function=FX_DAILY&from_symbol=USD&to_symbol=CNY").await);
    assert_eq!(answer["Meta Data"]["3. To Symbol"], "CNY");
    let newest = sim.server.world().bars(&code("USDCNY.FX")).pop().unwrap();
    let row = &answer["Time Series FX (Daily)"][newest.trade_date.to_string()];
    assert_eq!(row["4. close"], format!("{:.5}", newest.close));
    assert_eq!(row.as_object().unwrap().len(), 4);
    assert_eq!(sim.ask("function=FX_DAILY&from_symbol=GBP&to_symbol=CNY").await, "{}");
}

#[tokio::test]
async fn every_refusal_is_one_key_under_status_200() {
    let sim = sim(unlimited()).await;
    for (query, key, part) in [
        ("function=TIME_SERIES_DAILY&symbol=ZZZZ", "Error Message", "Invalid API call."),
        ("function=TIME_SERIES_DAILY&symbol=0700.HK", "Error Message", "for TIME_SERIES_DAILY."),
        ("function=&symbol=IBM", "Error Message", "This API function () does not exist."),
        ("function=TIME_SERIES_DAILY_ADJUSTED&symbol=IBM", "Information", "This is a premium endpoint."),
        (
            "function=TIME_SERIES_DAILY&symbol=IBM&outputsize=full",
            "Information",
            "The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY endpoint.",
        ),
    ] {
        let answer = json(&sim.ask(query).await);
        assert_eq!(answer.as_object().unwrap().len(), 1);
        assert!(answer[key].as_str().unwrap().contains(part), "{query}: {answer}");
    }
    let url = format!("{}/query?{DAILY}&apikey=wrong", sim.server.url);
    assert!(get(&sim.client, &url, "").await.1.contains("the parameter apikey is invalid or missing."));
    let picky = sim.client.get(format!("{}/query?{DAILY}", sim.server.url)).header("accept", "text/csv");
    let body = picky.send().await.unwrap().text().await.unwrap();
    assert!(body.contains(r#""detail": "Could not satisfy the request Accept header.""#), "{body}");
}

#[tokio::test]
async fn the_day_is_limited_until_midnight_in_new_york_and_the_refusal_repeats_the_key() {
    let sim = sim(AlphaVantageOptions { requests_per_day: Some(2), ..unlimited() }).await;
    assert!(sim.ask(DAILY).await.contains("Time Series"));
    assert!(sim.ask(DAILY).await.contains("Time Series"));
    let refused = sim.ask(DAILY).await;
    assert!(refused.contains(&format!("API key as {} and our standard API rate limit is 2 requests per day", sim.key)));
    sim.clock.advance(TimeDelta::days(1));
    assert!(sim.ask(DAILY).await.contains("Time Series"));
    let outcomes: Vec<String> = sim.server.calls().log().into_iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, ["ok", "ok", "per_day", "ok"]);
    assert!(sim.server.calls().log().iter().all(|call| !format!("{call:?}").contains(&sim.key)));
}

#[tokio::test]
async fn a_second_request_within_the_interval_is_refused_in_the_words_that_mislead() {
    let sim = sim(AlphaVantageOptions { min_interval: Some(Duration::from_secs(3600)), ..unlimited() }).await;
    assert!(sim.ask(DAILY).await.contains("Time Series"));
    let refused = sim.ask(DAILY).await;
    for words in ["more sparingly (1 request per second)", "25 requests per day", "premium endpoints"] {
        assert!(refused.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn the_running_day_is_there_and_unfinished() {
    let sim = sim(unlimited()).await;
    let ibm = code("IBM.US");
    let bar = sim.server.world().bars(&ibm)[200].clone();
    let (opens, _) = sim.server.world().session(&ibm, bar.trade_date).unwrap();
    sim.clock.set(opens + TimeDelta::hours(1));
    let answer = json(&sim.ask(DAILY).await);
    let row = &answer["Time Series (Daily)"][bar.trade_date.to_string()];
    assert_eq!(row["5. volume"], (bar.volume / 2).to_string());
    assert_eq!(answer["Meta Data"]["3. Last Refreshed"], bar.trade_date.to_string());
}

#[tokio::test]
async fn faults_are_set_over_http_too() {
    let sim = sim(unlimited()).await;
    sim.server.faults().next(1, "IBM", AlphaVantageFault::OldThrottle);
    assert!(sim.ask(DAILY).await.contains("\"Note\""));
    let post = sim.client.post(format!("{}/_sim/faults", sim.server.url)).header("content-type", "application/json");
    let status = post.body(r#"{"symbol":"IBM","calls":1,"fault":"no_data"}"#).send().await.unwrap().status();
    assert_eq!(status, 204);
    assert_eq!(sim.ask(DAILY).await, "{}");
    assert!(sim.ask(DAILY).await.contains("Time Series"));
}
