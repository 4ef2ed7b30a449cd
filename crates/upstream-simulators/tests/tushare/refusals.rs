//! Business errors: code and exact text.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::{Value, json};
use upstream_simulators::{
    Fault, SimClock, TushareOptions, from_shanghai,
    tushare::{ApiLimits, RateLimits, Refusal},
};

use crate::harness::{Sim, date};

const DETAILS: &str = "权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。";

fn refused(answer: &Value) -> (i64, String) {
    assert_eq!(answer["data"], Value::Null);
    (answer["code"].as_i64().expect("a code"), answer["msg"].as_str().expect("a text").to_owned())
}

#[tokio::test]
async fn every_refusal_can_be_provoked_and_says_what_the_vendor_says() {
    let sim = Sim::start().await;
    let cases = [
        (Refusal::BadToken, 40101, "您的token不对，请确认。".to_owned()),
        (Refusal::NoPermission, 40203, format!("抱歉，您没有接口(daily)访问权限，{DETAILS}")),
        (Refusal::NoPermissionOldHost, 2002, format!("抱歉，您没有访问该接口的权限，{DETAILS}")),
        (Refusal::PerMinute(500), 40203, format!("抱歉，您每分钟最多访问该接口500次，{DETAILS}")),
        (Refusal::PerMinuteNewWording(400), 40203, format!("抱歉，您访问接口(daily)频率超限(400次/分钟)，{DETAILS}")),
        (Refusal::PerHour(20), 40203, format!("抱歉，您每小时最多访问该接口20次，{DETAILS}")),
        (Refusal::PerDay(5), 40203, format!("抱歉，您每天最多访问该接口5次，{DETAILS}")),
        (Refusal::TooManyAddresses, 40204, "您的IP数量超限，最大数量为2个！".to_owned()),
        (Refusal::UnknownApi, 40001, "请指定正确的接口名".to_owned()),
    ];
    for (refusal, code, text) in cases {
        sim.server.faults().next(1, "daily", Fault::Refuse(refusal));
        let answer = sim.call("daily", json!({"trade_date": "20240301"}), "").await;
        assert_eq!(refused(&answer), (code, text));
    }
    assert_eq!(sim.call("daily", json!({"trade_date": "20240301"}), "").await["code"], 0, "and then it recovers");
}

#[tokio::test]
async fn a_wrong_token_an_unknown_and_a_denied_api_are_refused() {
    let denied = BTreeSet::from(["dividend".to_owned()]);
    let sim = Sim::with(TushareOptions { denied, ..TushareOptions::default() }).await;
    let body = json!({"api_name": "daily", "token": "guess", "params": {"trade_date": "20240301"}, "fields": ""});
    let answer = sim.post("/", &body).await.unwrap().text().await.unwrap();
    assert_eq!(refused(&serde_json::from_str(&answer).unwrap()).0, 40101);
    assert_eq!(refused(&sim.call("weather", json!({}), "").await).0, 40001);
    assert_eq!(refused(&sim.call("dividend", json!({"ts_code": "600519.SH"}), "").await).0, 40203);
    let log = format!("{:?}", sim.server.calls().log());
    assert!(!log.contains("guess") && !log.contains("simulated-token"), "tokens are not logged");
}

#[tokio::test]
async fn missing_and_malformed_parameters_are_refused() {
    let sim = Sim::start().await;
    for (api, params) in [
        ("daily", json!({})),
        ("daily", json!({"trade_date": ""})),
        ("adj_factor", json!({"start_date": "20240301"})),
        ("daily_basic", json!({})),
        ("dividend", json!({})),
        ("daily", json!({"trade_date": "2024-03-01"})),
        ("daily", json!({"trade_date": "20240231"})),
        ("daily", json!({"trade_date": "20240301", "limit": "many"})),
        ("trade_cal", json!({"start_date": "yesterday"})),
    ] {
        assert_eq!(refused(&sim.call(api, params.clone(), "").await).0, -2001, "{api} {params}");
    }
    let response = sim.client.post(&sim.server.url).body("not json").send().await.unwrap();
    let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(refused(&answer).0, -2001);
}

#[tokio::test]
async fn the_minutes_limit_counts_per_api_and_ends_with_the_minute() {
    let clock = SimClock::at(from_shanghai(date("2024-03-29").and_hms_opt(20, 0, 30).unwrap()));
    let options = TushareOptions {
        clock: Some(clock.clock()),
        limits: RateLimits {
            by_api: BTreeMap::from([(
                "stk_limit".to_owned(),
                ApiLimits { per_minute: Some(1), new_wording: true, ..ApiLimits::default() },
            )]),
            ..RateLimits::per_minute(2)
        },
        ..TushareOptions::default()
    };
    let sim = Sim::with(options).await;
    let daily = || sim.call("daily", json!({"trade_date": "20240301"}), "ts_code");
    assert_eq!([daily().await["code"].clone(), daily().await["code"].clone()], [0, 0]);
    assert_eq!(refused(&daily().await), (40203, format!("抱歉，您每分钟最多访问该接口2次，{DETAILS}")));
    assert_eq!(sim.call("stk_limit", json!({"trade_date": "20240301"}), "").await["code"], 0, "another api");
    let newer = refused(&sim.call("stk_limit", json!({"trade_date": "20240301"}), "").await).1;
    assert_eq!(newer, format!("抱歉，您访问接口(stk_limit)频率超限(1次/分钟)，{DETAILS}"));
    clock.advance(TimeDelta::seconds(29));
    assert_eq!(daily().await["code"], 40203);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(daily().await["code"], 0);
}

#[tokio::test]
async fn hours_and_days_have_limits_of_their_own() {
    let clock = SimClock::at(from_shanghai(date("2024-03-29").and_hms_opt(22, 30, 0).unwrap()));
    let default = ApiLimits { per_hour: Some(1), per_day: Some(2), ..ApiLimits::default() };
    let limits = RateLimits { default, ..RateLimits::none() };
    let sim = Sim::with(TushareOptions { clock: Some(clock.clock()), limits, ..TushareOptions::default() }).await;
    let call = || sim.call("trade_cal", json!({"end_date": "20240105"}), "");
    assert_eq!(call().await["code"], 0);
    assert_eq!(refused(&call().await).1, format!("抱歉，您每小时最多访问该接口1次，{DETAILS}"));
    clock.advance(TimeDelta::hours(1));
    assert_eq!(call().await["code"], 0);
    assert_eq!(refused(&call().await).1, format!("抱歉，您每天最多访问该接口2次，{DETAILS}"));
    clock.advance(TimeDelta::minutes(30));
    assert_eq!(call().await["code"], 0, "a new day in Shanghai");
}
