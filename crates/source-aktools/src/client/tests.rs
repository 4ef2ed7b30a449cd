//! Attempts, turns and the day's answers on a paused clock, over scripted answers.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use market_model::MacroObservation;
use tokio::time::Instant;

use super::*;
use crate::{Decision, Fetched, series_named, transport::scripted::Script};

/// Monday 03:00 in Shanghai.
const NIGHT: &str = "2026-10-04T19:00:00Z";

fn ok(body: &str) -> Result<(u16, String), &'static str> {
    Ok((200, body.to_owned()))
}

fn lpr(rate: f64) -> Result<(u16, String), &'static str> {
    ok(&format!(
        "[{{\"TRADE_DATE\":\"2026-09-21T00:00:00.000\",\"LPR1Y\":{rate},\"LPR5Y\":3.5,\"RATE_1\":4.35,\"RATE_2\":4.9}}]"
    ))
}

struct Setup {
    client: Arc<Client>,
    script: Arc<Script>,
    now: Arc<AtomicI64>,
}

fn setup(answers: impl IntoIterator<Item = Result<(u16, String), &'static str>>) -> Setup {
    let script = Arc::new(Script::new(answers));
    let now = Arc::new(AtomicI64::new(NIGHT.parse::<DateTime<Utc>>().unwrap().timestamp()));
    let clock = Arc::clone(&now);
    let config = ClientConfig::new("http://user:hunter2@127.0.0.1:8080/");
    let clock: Clock = Arc::new(move || DateTime::from_timestamp(clock.load(Ordering::SeqCst), 0).unwrap());
    let client = Arc::new(Client::over(Transport::Scripted(Arc::clone(&script)), config, clock));
    Setup { client, script, now }
}

async fn rate(client: &Client, series: &str) -> Result<Fetched<MacroObservation>, AktoolsError> {
    client.series(series_named(series).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn transport_failures_and_server_errors_are_tried_again_with_doubling_waits() {
    let answers = [Err("connection reset"), Ok((500, "Internal Server Error".to_owned())), lpr(3.0)];
    let (setup, start) = (setup(answers), Instant::now());
    let fetched = rate(&setup.client, "china_lpr_1y").await.unwrap();
    assert_eq!((fetched.rows[0].value.value, fetched.pages.len()), (3.0, 1));
    // Three calls of a second, five and ten seconds between them.
    assert_eq!(start.elapsed().as_secs(), 18);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_the_last_failure_is_told_without_the_address() {
    let setup = setup([ok("<html>maintenance</html>"), ok("[{\"TRADE"), Ok((502, String::new()))]);
    let error = rate(&setup.client, "china_lpr_1y").await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryLater);
    assert_eq!(error.to_string(), "aktools is unavailable for macro_china_lpr after 3 attempts: HTTP status 502");
    assert!(!format!("{error:?} {:?}", setup.client).contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn refusals_are_final_at_once() {
    for (status, body, decision) in [
        (404, "{\"error\":\"未找到该接口，请升级 AKShare 到最新版本\"}", Decision::Stop),
        (404, "{\"error\":\"请输入正确的参数错误 'data'，请升级\"}", Decision::Stop),
        (404, "{\"error\":\"该接口返回数据为空，请确认参数是否正确\"}", Decision::RetryLater),
        (404, "{\"detail\":\"Not Found\"}", Decision::RetryLater),
        (401, "", Decision::Stop),
        (429, "", Decision::RetryAt("2026-10-04T19:01:00Z".parse().unwrap())),
    ] {
        let setup = setup([Ok((status, body.to_owned()))]);
        let error = rate(&setup.client, "china_lpr_1y").await.unwrap_err();
        assert_eq!(error.decision(), decision, "{error}");
        assert_eq!(setup.script.questions().len(), 1, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_series_of_a_function_comes_out_of_one_call_a_day() {
    let setup = setup([lpr(3.0), lpr(2.9)]);
    for series in ["china_lpr_1y", "china_lpr_5y", "china_loan_rate_short", "china_loan_rate_long", "china_lpr_1y"] {
        assert_eq!(rate(&setup.client, series).await.unwrap().rows.len(), 1, "{series}");
    }
    let all = setup.client.function("macro_china_lpr").await.unwrap();
    assert_eq!((all.rows.len(), all.pages.len()), (4, 1));
    assert_eq!(setup.script.questions(), ["http://user:hunter2@127.0.0.1:8080/api/public/macro_china_lpr []"]);

    // 23:59:59 in Shanghai, and a second later.
    setup.now.store("2026-10-05T15:59:59Z".parse::<DateTime<Utc>>().unwrap().timestamp(), Ordering::SeqCst);
    assert_eq!(rate(&setup.client, "china_lpr_1y").await.unwrap().rows[0].value.value, 3.0);
    setup.now.fetch_add(1, Ordering::SeqCst);
    let next_day = rate(&setup.client, "china_lpr_1y").await.unwrap();
    assert_eq!((next_day.rows[0].value.value, setup.script.questions().len()), (2.9, 2));
    assert_eq!(next_day.pages[0].fetched_at, "2026-10-05T16:00:00Z".parse::<DateTime<Utc>>().unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_forgotten_before_its_day_is_over() {
    let setup = setup([lpr(3.0), lpr(2.9)]);
    rate(&setup.client, "china_lpr_1y").await.unwrap();
    setup.client.forget_answers();
    assert_eq!(rate(&setup.client, "china_lpr_1y").await.unwrap().rows[0].value.value, 2.9);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_refused_or_failed_is_asked_for_anew() {
    let renamed = ok("[{\"TRADE_DATE\":\"2026-09-21T00:00:00.000\",\"LPR\":3.0}]");
    let setup = setup([ok("[]"), renamed, Ok((404, "{\"error\":\"该接口返回数据为空\"}".to_owned())), lpr(3.0)]);
    let mut empty = rate(&setup.client, "china_lpr_1y").await.unwrap_err();
    assert!(matches!(empty, AktoolsError::NoData { .. }));
    assert_eq!(empty.take_pages()[0].body, b"[]");
    let mut changed = rate(&setup.client, "china_lpr_1y").await.unwrap_err();
    assert_eq!(changed.to_string(), "the columns of macro_china_lpr changed: LPR1Y missing");
    assert_eq!((changed.take_pages().len(), changed.decision()), (1, Decision::Stop));
    assert!(rate(&setup.client, "china_lpr_1y").await.is_err());
    assert_eq!(rate(&setup.client, "china_lpr_1y").await.unwrap().rows.len(), 1);
    assert_eq!(setup.script.questions().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_function_is_called_by_one_at_a_time_and_the_others_get_its_answer() {
    let setup = setup([lpr(3.0)]);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let client = Arc::clone(&setup.client);
            tokio::spawn(async move { rate(&client, "china_lpr_1y").await.unwrap().rows[0].value.value })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 3.0);
    }
    assert_eq!(setup.script.questions().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn different_questions_to_one_function_wait_for_each_other_and_functions_do_not() {
    let setup = setup((0..4).map(|_| ok("[]")));
    let start = Instant::now();
    let code: market_model::Code = "600519.SH".parse().unwrap();
    let bars = |year: i32| {
        let client = Arc::clone(&setup.client);
        let day = move |month| chrono::NaiveDate::from_ymd_opt(year, month, 1).unwrap();
        tokio::spawn(async move { client.daily_bars(code, day(1), day(12)).await.unwrap().rows.len() })
    };
    let tasks = [bars(2020), bars(2021), bars(2022)];
    let other = rate(&setup.client, "china_lpr_1y").await;
    assert!(matches!(other, Err(AktoolsError::NoData { .. })));
    assert_eq!(start.elapsed(), Duration::from_secs(1), "another function does not wait");
    for task in tasks {
        assert_eq!(task.await.unwrap(), 0);
    }
    assert_eq!(start.elapsed(), Duration::from_secs(3), "one call after the other");
    assert_eq!(setup.script.most_at_once.load(Ordering::SeqCst), 2, "one of each function");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_lets_the_next_one_through() {
    let setup = setup([lpr(3.0), lpr(2.9)]);
    let hasty = tokio::time::timeout(Duration::from_millis(10), rate(&setup.client, "china_lpr_1y")).await;
    assert!(hasty.is_err());
    assert_eq!(rate(&setup.client, "china_lpr_1y").await.unwrap().rows.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_response_is_kept_byte_for_byte_with_its_question() {
    let setup = setup([lpr(3.0), ok("[]")]);
    let page = rate(&setup.client, "china_lpr_1y").await.unwrap().pages.remove(0);
    assert_eq!(page.request, "{\"function\":\"macro_china_lpr\",\"params\":{}}");
    assert_eq!((page.dataset, page.http_status), ("macro_china_lpr", 200));
    assert_eq!(String::from_utf8(page.body).unwrap(), lpr(3.0).unwrap().1);
    let day = |text: &str| text.parse().unwrap();
    let code = "600519.SH".parse().unwrap();
    let page = setup.client.daily_bars(code, day("2026-09-01"), day("2030-01-01")).await.unwrap().pages.remove(0);
    let request: serde_json::Value = serde_json::from_str(&page.request).unwrap();
    let expected = serde_json::json!({
        "function": "stock_zh_a_hist",
        "params": {
            "symbol": "600519", "period": "daily", "start_date": "20260901", "end_date": "20261004", "adjust": "",
        },
    });
    assert_eq!(request, expected, "today is not closed, so it is not asked for");
    assert!(!page.request.contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_asked_is_not_sent() {
    let setup = setup([]);
    let day = |text: &str| text.parse().unwrap();
    for (code, from, decision) in [
        ("000300.SH", "2026-09-01", Decision::Stop),
        ("AAPL.US", "2026-09-01", Decision::Stop),
        // Midnight in Shanghai is long past, half past three is not.
        ("600519.SH", "2026-10-05", Decision::RetryAt("2026-10-05T07:30:00Z".parse().unwrap())),
    ] {
        let error = setup.client.daily_bars(code.parse().unwrap(), day(from), day("2026-12-31")).await.unwrap_err();
        assert_eq!(error.decision(), decision, "{code}: {error}");
    }
    let error = setup.client.function("macro_usa_cpi").await.unwrap_err();
    assert!(matches!(error, AktoolsError::UnknownSeries { .. }));
    assert!(setup.script.questions().is_empty());
}
