//! Retries and waits on a paused clock, over scripted answers.

use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::{ClientConfig, Decision, Fetched, Secret, transport::scripted::Script};

const GOOD: &str =
    r#"{"code":0,"data":{"fields":["ts_code","trade_date","adj_factor"],"items":[["000001.SZ","20180718",108.031]]}}"#;
const MINUTE: &str = r#"{"code":40203,"msg":"抱歉，您每分钟最多访问该接口500次，权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。"}"#;

fn ok(body: &str) -> Result<(u16, String), &'static str> {
    Ok((200, body.to_owned()))
}

fn client(answers: impl IntoIterator<Item = Result<(u16, String), &'static str>>) -> Client {
    let now: DateTime<Utc> = "2018-07-18T10:30:00Z".parse().unwrap();
    let config = ClientConfig::new(Secret::new("s3cr3t"));
    Client::over(Transport::Scripted(Arc::new(Script::new(answers))), config, Arc::new(move || now))
}

fn requests(client: &Client) -> Vec<serde_json::Value> {
    match &client.transport {
        Transport::Scripted(script) => script.requests(),
        Transport::Http(_) => Vec::new(),
    }
}

async fn ask(client: &Client) -> Result<Fetched<crate::AdjFactor>, TushareError> {
    client.adj_factor("2018-07-18".parse().unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn transport_failures_are_tried_again_with_doubling_waits() {
    let answers = [
        Err("connection reset"),
        Ok((502, "<html>Bad Gateway</html>".to_owned())),
        ok("<html>maintenance</html>"),
        ok(&GOOD[..60]),
        ok(GOOD),
    ];
    let (client, start) = (client(answers), Instant::now());
    let fetched = ask(&client).await.unwrap();
    assert_eq!(fetched.rows.len(), 1);
    assert_eq!(fetched.pages.len(), 1, "only the answer that was used is kept");
    // 1 + 2 + 4 + 8 seconds.
    assert_eq!(start.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_the_last_failure_is_told() {
    let client = client([Err("a"), Err("b"), Err("c"), Err("d"), Err("connection refused")]);
    let error = ask(&client).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryLater);
    assert_eq!(error.to_string(), "tushare is unavailable for adj_factor after 5 attempts: connection refused");
}

#[tokio::test(start_paused = true)]
async fn a_spent_minute_is_waited_out_without_costing_an_attempt() {
    let answers = [ok(MINUTE), ok(MINUTE), Err("reset"), Err("reset"), Err("reset"), Err("reset"), ok(GOOD)];
    let (client, start) = (client(answers), Instant::now());
    ask(&client).await.unwrap();
    // Two minutes, then 1 + 2 + 4 + 8 seconds.
    assert_eq!(start.elapsed().as_secs(), 135);
}

#[tokio::test(start_paused = true)]
async fn a_minute_that_stays_spent_becomes_an_error_with_a_time() {
    let (client, start) = (client([(); 6].map(|()| ok(MINUTE))), Instant::now());
    let error = ask(&client).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 300);
    assert_eq!(error.decision(), Decision::RetryAt("2018-07-18T10:31:00Z".parse().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_allowance_wait_before_they_are_sent() {
    let mut client = client([ok(GOOD), ok(GOOD), ok(GOOD)]);
    client.config.calls_per_minute.insert(Api::AdjFactor, 2);
    client.limits = RateLimits::new(&client.config);
    let start = Instant::now();
    for _ in 0..2 {
        ask(&client).await.unwrap();
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    ask(&client).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_final_at_once_and_say_what_to_do() {
    let stop = Decision::Stop;
    let at = |text: &str| Decision::RetryAt(text.parse().unwrap());
    let cases = [
        (40101, "您的token不对，请确认。", stop, "tushare refuses the token: 您的token不对，请确认。"),
        (40203, "抱歉，您没有接口(adj_factor)访问权限", stop, "this tushare account has no permission for adj_factor"),
        (40204, "您的IP数量超限，最大数量为2个！", stop, "tushare refuses this address"),
        (40001, "请指定正确的接口名", stop, "tushare rejects the request to adj_factor (40001)"),
        (50101, "系统繁忙", Decision::RetryLater, "tushare refuses adj_factor with an unknown answer (50101)"),
        (40203, "抱歉，您每小时最多访问该接口10次", at("2018-07-18T11:30:00Z"), "the calls per hour of adj_factor"),
        // Midnight in Beijing.
        (40203, "抱歉，您每天最多访问该接口5次", at("2018-07-18T16:00:00Z"), "the calls per day of adj_factor"),
    ];
    for (code, text, decision, message) in cases {
        let client = client([ok(&format!(r#"{{"code":{code},"data":null,"msg":"{text}"}}"#))]);
        let start = Instant::now();
        let error = ask(&client).await.unwrap_err();
        assert_eq!(error.decision(), decision, "{text}");
        assert!(error.to_string().starts_with(message), "{error}");
        assert_eq!(start.elapsed(), Duration::ZERO, "{text} was retried");
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_travels_in_the_request_and_nowhere_else() {
    let echo = r#"{"code":40101,"msg":"您的token不对: s3cr3t"}"#;
    let client = client([Err("could not send s3cr3t"), ok(GOOD), ok(echo)]);
    let fetched = ask(&client).await.unwrap();
    assert_eq!(requests(&client)[0]["token"], "s3cr3t");
    let kept: serde_json::Value = serde_json::from_str(&fetched.pages[0].request).unwrap();
    let expected = serde_json::json!({
        "api_name": "adj_factor",
        "params": { "trade_date": "20180718", "limit": "6000", "offset": "0" },
        "fields": "ts_code,trade_date,adj_factor",
    });
    assert_eq!(kept, expected);
    let error = ask(&client).await.unwrap_err();
    assert_eq!(error.to_string(), "tushare refuses the token: 您的token不对: ***");
    assert!(!format!("{client:?} {error:?} {fetched:?}").contains("s3cr3t"));
}

#[tokio::test(start_paused = true)]
async fn a_response_is_kept_byte_for_byte_with_its_time() {
    let client = client([ok(GOOD)]);
    let page = ask(&client).await.unwrap().pages.remove(0);
    assert_eq!(page.body, GOOD.as_bytes());
    assert_eq!((page.dataset, page.http_status), ("adj_factor", 200));
    assert_eq!(page.fetched_at, "2018-07-18T10:30:00Z".parse::<DateTime<Utc>>().unwrap());
}
