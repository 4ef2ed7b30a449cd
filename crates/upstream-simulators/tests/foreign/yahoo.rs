//! The simulated Yahoo.

use chrono::TimeDelta;
use serde_json::Value;
use upstream_simulators::{SimClock, YahooFault, YahooOptions, YahooServer};

use crate::harness::{BROWSER, client, code, get, json, world};

struct Sim {
    server: YahooServer,
    clock: SimClock,
    client: reqwest::Client,
}

async fn sim() -> Sim {
    let world = world();
    let clock = SimClock::at(world.after_last_day());
    let options = YahooOptions { clock: Some(clock.clock()), ..YahooOptions::default() };
    Sim { server: YahooServer::start(world, options).await.expect("a free port"), clock, client: client() }
}

impl Sim {
    async fn ask(&self, rest: &str) -> (u16, String) {
        get(&self.client, &format!("{}/v8/finance/chart/{rest}", self.server.url), BROWSER).await
    }

    /// `chart.result[0]` of everything since 2022-07-01, with events.
    async fn chart(&self, symbol: &str) -> Value {
        let (from, to) = (1_656_633_600, self.clock.now().timestamp());
        let (status, body) =
            self.ask(&format!("{symbol}?period1={from}&period2={to}&interval=1d&events=div,splits")).await;
        assert_eq!(status, 200, "{body}");
        let body = json(&body);
        assert_eq!(body["chart"]["error"], Value::Null);
        body["chart"]["result"][0].clone()
    }
}

fn closes(chart: &Value) -> Vec<Option<f64>> {
    let quote = &chart["indicators"]["quote"][0];
    quote["close"].as_array().expect("closes").iter().map(Value::as_f64).collect()
}

#[tokio::test]
async fn arrays_align_start_with_a_hole_and_hold_float_noise() {
    let sim = sim().await;
    let chart = sim.chart("0700.HK").await;
    let timestamps = chart["timestamp"].as_array().unwrap();
    for column in ["open", "high", "low", "close", "volume"] {
        assert_eq!(chart["indicators"]["quote"][0][column].as_array().unwrap().len(), timestamps.len());
    }
    let closes = closes(&chart);
    assert_eq!(closes[0], None);
    let bars = sim.server.world().bars(&code("0700.HK"));
    assert_eq!(closes.iter().flatten().count(), bars.len());
    let first = closes.iter().flatten().next().copied().unwrap();
    assert_eq!(first, f64::from((bars[0].close / 5.0) as f32), "divided by the split that comes later");
    assert!(closes.iter().flatten().any(|close| close.to_string().len() > 12), "printed through a 32-bit float");
    assert_eq!(*closes.last().unwrap(), bars.last().map(|bar| f64::from(bar.close as f32)));
    // 09:30 in Hong Kong.
    assert!(timestamps.iter().all(|seconds| seconds.as_i64().unwrap() % 86_400 == 5_400));
}

#[tokio::test]
async fn meta_says_what_a_client_needs() {
    let sim = sim().await;
    let meta = &sim.chart("%5EN225").await["meta"];
    for (name, expected) in [
        ("symbol", "^N225"),
        ("currency", "JPY"),
        ("instrumentType", "INDEX"),
        ("exchangeTimezoneName", "Asia/Tokyo"),
        ("dataGranularity", "1d"),
        ("timezone", "JST"),
    ] {
        assert_eq!(meta[name], expected, "{name}");
    }
    assert_eq!((meta["gmtoffset"].as_i64(), meta["priceHint"].as_i64()), (Some(32_400), Some(2)));
    let regular = &meta["currentTradingPeriod"]["regular"];
    assert_eq!(regular["end"].as_i64().unwrap() - regular["start"].as_i64().unwrap(), 6 * 3600);
    assert_eq!(sim.chart("EURUSD%3DX").await["meta"]["exchangeTimezoneName"], "Europe/London");
}

#[tokio::test]
async fn events_are_maps_whose_keys_are_not_the_dates() {
    let sim = sim().await;
    let chart = sim.chart("0700.HK").await;
    let splits = chart["events"]["splits"].as_object().unwrap();
    let (key, split) = splits.iter().next().unwrap();
    assert_ne!(*key, split["date"].to_string());
    assert_eq!(split["splitRatio"], "5:1");
    assert!(chart["events"]["dividends"].as_object().unwrap().len() > 3);
    assert!(sim.chart("9988.HK").await.get("events").is_none());
}

#[tokio::test]
async fn a_live_bar_stands_behind_the_range_and_a_settled_one_comes_twice() {
    let sim = sim().await;
    let apple = code("AAPL.US");
    let bar = sim.server.world().bars(&apple)[200].clone();
    let (opens, closes_at) = sim.server.world().session(&apple, bar.trade_date).unwrap();
    sim.clock.set(opens + TimeDelta::hours(3));
    // The range ends before the day begins.
    let to = opens.timestamp() - 3_600;
    let from = to - 5 * 86_400;
    let (_, body) = sim.ask(&format!("AAPL?period1={from}&period2={to}&interval=1d")).await;
    let chart = json(&body)["chart"]["result"][0].clone();
    assert_eq!(chart["timestamp"].as_array().unwrap().last().unwrap().as_i64(), Some(sim.clock.now().timestamp()));
    let live = &chart["indicators"]["quote"][0];
    let volume = live["volume"].as_array().unwrap().last().unwrap().as_i64().unwrap();
    assert!(volume > 0 && volume < bar.volume);

    sim.clock.set(closes_at + TimeDelta::minutes(40));
    let chart = sim.chart("AAPL").await;
    let (settled, timestamps) = (closes(&chart), chart["timestamp"].as_array().unwrap());
    assert_eq!(timestamps[timestamps.len() - 2].as_i64(), Some(opens.timestamp()));
    assert_eq!(settled[settled.len() - 1], Some(f64::from(bar.close as f32)));
    assert_ne!(settled[settled.len() - 2], settled[settled.len() - 1]);
}

#[tokio::test]
async fn refusals_have_the_status_and_the_body_of_the_real_one() {
    let sim = sim().await;
    let (from, to) = (1_577_836_800, 1_580_515_200);
    for (rest, status, part) in [
        ("ZZZZ?period1=1&period2=2".to_owned(), 404, r#""description":"No data found, symbol may be delisted""#),
        (
            format!("AAPL?period1={from}&period2={to}"),
            400,
            "Data doesn't exist for startDate = 1577836800, endDate = 1580515200",
        ),
        (format!("AAPL?period1={from}&period2={to}&interval=15m"), 422, "15m data not available for startTime="),
        (format!("AAPL?period1={from}&period2={to}&interval=7d"), 422, "interval=7d is not supported"),
        (format!("AAPL?period1={to}&period2={from}"), 400, "start date cannot be after end date"),
    ] {
        let (said, body) = sim.ask(&rest).await;
        assert_eq!(said, status, "{rest}: {body}");
        assert!(body.contains(part) && json(&body)["chart"]["result"].is_null(), "{rest}: {body}");
    }
}

#[tokio::test]
async fn libraries_are_refused_and_browsers_are_limited() {
    let options = YahooOptions { requests_per_minute: Some(2), ..YahooOptions::default() };
    let server = YahooServer::start(world(), options).await.unwrap();
    let (client, url) = (client(), format!("{}/v8/finance/chart/AAPL?period1=1700000000", server.url));
    for library in ["", "curl/8.5.0", "python-requests/2.31", "reqwest/0.13"] {
        assert_eq!(get(&client, &url, library).await, (429, "Edge: Too Many Requests".to_owned()), "{library}");
    }
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(&client, &url, BROWSER).await.0);
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(server.calls().by_symbol()["AAPL"], 7);
}

#[tokio::test]
async fn a_whole_range_comes_in_months_and_so_does_a_coarse_fault() {
    let sim = sim().await;
    let meta = async |rest: &str| json(&sim.ask(rest).await.1)["chart"]["result"][0].clone();
    let chart = meta("AAPL?range=max&interval=1d").await;
    assert_eq!((chart["meta"]["dataGranularity"].as_str(), closes(&chart).len()), (Some("1mo"), 21));
    sim.server.faults().next(1, "AAPL", YahooFault::CoarseGranularity);
    assert_eq!(sim.chart("AAPL").await["meta"]["dataGranularity"], "1mo");
    assert_eq!(meta("AAPL?range=1y&interval=1wk").await["meta"]["dataGranularity"], "1wk");
}

#[tokio::test]
async fn faults_are_set_listed_and_cleared_over_http() {
    let sim = sim().await;
    let control = format!("{}/_sim/faults", sim.server.url);
    let rules = r#"[{"symbol":"AAPL","calls":2,"fault":"too_many_requests"},{"fault":{"slow":1}}]"#;
    let post = sim.client.post(&control).header("content-type", "application/json").body(rules).send().await.unwrap();
    assert_eq!(post.status(), 204);
    assert_eq!(sim.ask("AAPL?range=1mo").await.0, 429);
    assert_eq!(sim.ask("MSFT?range=1mo").await.0, 200);
    let listed = json(&get(&sim.client, &control, "").await.1);
    assert_eq!((listed[0]["calls"].as_u64(), listed.as_array().unwrap().len()), (Some(1), 2));
    assert_eq!(sim.client.delete(&control).send().await.unwrap().status(), 204);
    assert_eq!(sim.ask("AAPL?range=1mo").await.0, 200);
    let calls = json(&get(&sim.client, &format!("{}/_sim/calls", sim.server.url), "").await.1);
    assert_eq!((calls["total"].as_u64(), calls["by_symbol"]["AAPL"].as_u64()), (Some(3), Some(2)));
    assert_eq!(calls["log"][0]["outcome"], "429");
}

#[tokio::test]
async fn transport_faults_break_the_answer() {
    let sim = sim().await;
    for (fault, status, part) in [
        (YahooFault::WillBeRightBack(503), 503, "Will be right back"),
        (YahooFault::WillBeRightBack(200), 200, "<html>"),
        (YahooFault::ServerError, 500, ""),
        (YahooFault::Unauthorized, 401, r#""description":"Invalid Crumb""#),
        (YahooFault::NotFound, 404, "Not Found"),
    ] {
        sim.server.faults().next(1, "", fault);
        let (said, body) = sim.ask("AAPL?range=1mo").await;
        assert_eq!(said, status);
        assert!(body.contains(part), "{body}");
    }
    for fault in [YahooFault::CutBody, YahooFault::Hangup] {
        sim.server.faults().next(2, "", fault.clone());
        let url = format!("{}/v8/finance/chart/AAPL?range=1mo", sim.server.url);
        let answer = sim.client.get(url).header("user-agent", BROWSER).send().await;
        let body = match answer {
            Ok(response) => response.text().await,
            Err(error) => Err(error),
        };
        assert!(body.is_err(), "{fault:?}");
        sim.server.faults().clear();
    }
    sim.server.faults().next(1, "", YahooFault::Malformed);
    let (status, body) = sim.ask("AAPL?range=1mo").await;
    assert!(status == 200 && serde_json::from_str::<Value>(&body).is_err());
}
