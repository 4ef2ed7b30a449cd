//! What the server says when it has no table, and how the way to it can fail.

use std::time::Duration;

use upstream_simulators::AktoolsFault;

use crate::harness::Sim;

const FUNCTION: &str = "macro_china_lpr";
const PATH: &str = "/api/public/macro_china_lpr";

#[tokio::test]
async fn refusals_have_the_servers_texts() {
    let sim = Sim::start().await;
    let upgrade = "请升级 AKShare 到最新版本并在文档中确认该接口的使用方式：https://akshare.akfamily.xyz";
    let unknown = format!("{{\"error\":\"未找到该接口，{upgrade}\"}}");
    assert_eq!(sim.text("/api/public/macro_china_weather").await, (404, unknown.clone()));
    for (fault, status, body) in [
        (AktoolsFault::UnknownFunction, 404, unknown),
        (
            AktoolsFault::NoData,
            404,
            "{\"error\":\"该接口返回数据为空，请确认参数是否正确：https://akshare.akfamily.xyz\"}".to_owned(),
        ),
        (AktoolsFault::KeyError("x".to_owned()), 404, format!("{{\"error\":\"请输入正确的参数错误 'x'，{upgrade}\"}}")),
        (AktoolsFault::ServerError, 500, "Internal Server Error".to_owned()),
        (AktoolsFault::Unauthorized, 401, "{\"detail\":\"Not authenticated\"}".to_owned()),
        (AktoolsFault::NotFound, 404, "{\"detail\":\"Not Found\"}".to_owned()),
        (AktoolsFault::EmptyTable, 200, "[]".to_owned()),
    ] {
        sim.server.faults().next(1, FUNCTION, fault.clone());
        assert_eq!(sim.text(PATH).await, (status, body), "{fault:?}");
    }
    assert_eq!(sim.text(PATH).await.0, 200, "and then it recovers");
}

#[tokio::test]
async fn a_function_without_arguments_breaks_on_one() {
    let sim = Sim::start().await;
    let response = sim.get("/api/public/macro_china_lpr?symbol=1").await.unwrap();
    assert_eq!(response.status(), 500);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(response.text().await.unwrap(), "Internal Server Error");
}

#[tokio::test]
async fn private_functions_want_a_login_and_the_version_does_not() {
    let sim = Sim::start().await;
    assert_eq!(sim.text("/api/private/macro_china_lpr").await.0, 401);
    let (status, body) = sim.text("/version").await;
    let version: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &version["at_current_version"]), (200, &serde_json::json!("0.0.91")));
}

#[tokio::test]
async fn the_way_to_the_server_can_fail() {
    let sim = Sim::start().await;
    sim.server.faults().next(1, FUNCTION, AktoolsFault::Hangup);
    assert!(sim.get(PATH).await.is_err());
    sim.server.faults().next(1, FUNCTION, AktoolsFault::CutBody);
    assert!(sim.get(PATH).await.unwrap().text().await.is_err());
    sim.server.faults().next(1, FUNCTION, AktoolsFault::Malformed);
    let (status, body) = sim.text(PATH).await;
    assert!(status == 200 && serde_json::from_str::<serde_json::Value>(&body).is_err());
    for (fault, expected) in [(AktoolsFault::HtmlBadGateway, 502), (AktoolsFault::HtmlOk, 200)] {
        sim.server.faults().next(1, FUNCTION, fault);
        let (status, body) = sim.text(PATH).await;
        assert!(status == expected && body.starts_with("<html>"));
    }
    sim.server.faults().next(1, FUNCTION, AktoolsFault::TooManyRequests(Some(30)));
    let response = sim.get(PATH).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "30"));
    sim.server.go_down().await;
    assert!(sim.get(PATH).await.is_err());
    sim.server.come_back().await.unwrap();
    assert_eq!(sim.text(PATH).await.0, 200);
}

#[tokio::test]
async fn slow_answers_are_slow_and_calls_at_once_are_counted() {
    let sim = Sim::start().await;
    sim.server.faults().always(FUNCTION, AktoolsFault::Slow(40));
    let started = tokio::time::Instant::now();
    let (one, two) = tokio::join!(sim.text(PATH), sim.text(PATH));
    assert!(started.elapsed() >= Duration::from_millis(40));
    assert_eq!(one, two);
    assert_eq!((sim.server.calls().of(FUNCTION), sim.server.calls().most_at_once(FUNCTION)), (2, 2));
}
