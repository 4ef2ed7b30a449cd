//! Everything that can go wrong below and inside an answer.

use std::time::Duration;

use serde_json::{Value, json};
use upstream_simulators::Fault;

use crate::harness::{Sim, date, fields, rows};

const DAY: &str = "20240301";

async fn day_with(sim: &Sim, fault: Fault) -> Value {
    sim.server.faults().next(1, "daily", fault);
    sim.call("daily", json!({"trade_date": DAY}), "").await
}

#[tokio::test]
async fn msg_can_be_null_and_has_more_absent() {
    let sim = Sim::start().await;
    assert_eq!(day_with(&sim, Fault::NullMsg).await["msg"], Value::Null);
    let answer = day_with(&sim, Fault::NoHasMore).await;
    assert!(answer["data"].get("has_more").is_none());
    assert_eq!(rows(&answer).len(), sim.market().expected_codes(date("2024-03-01")).len());
}

#[tokio::test]
async fn proxies_and_servers_fail_with_html_or_nothing() {
    let sim = Sim::start().await;
    for (fault, status, html) in
        [(Fault::HtmlBadGateway, 502, true), (Fault::HtmlOk, 200, true), (Fault::ServerError, 500, false)]
    {
        sim.server.faults().next(1, "", fault);
        let response = sim.post("/", &sim.body("daily", json!({"trade_date": DAY}), "")).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.text().await.unwrap().contains("<html>"), html);
    }
    assert_eq!(sim.server.calls().of("daily"), 3);
    let outcomes: Vec<String> = sim.server.calls().log().into_iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, ["502", "html", "500"]);
}

#[tokio::test]
async fn connections_end_in_the_middle_of_a_body_or_before_it() {
    let sim = Sim::start().await;
    let body = sim.body("daily", json!({"trade_date": DAY}), "");
    sim.server.faults().next(1, "daily", Fault::CutBody);
    let response = sim.post("/", &body).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.is_err(), "the body is shorter than its length says");
    sim.server.faults().next(2, "daily", Fault::Hangup);
    assert!(sim.post("/", &body).await.is_err());
    sim.server.faults().clear();
    assert!(sim.post("/", &body).await.is_ok());
}

#[tokio::test]
async fn a_server_that_is_down_refuses_connections_until_it_comes_back() {
    let sim = Sim::start().await;
    let body = sim.body("daily", json!({"trade_date": DAY}), "");
    sim.server.go_down().await;
    assert!(sim.post("/", &body).await.unwrap_err().is_connect());
    sim.server.come_back().await.unwrap();
    assert_eq!(sim.post("/", &body).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_slow_answer_outlasts_the_clients_patience() {
    let sim = Sim::start().await;
    sim.server.faults().next(1, "daily", Fault::Slow(60_000));
    let request = sim.client.post(&sim.server.url).timeout(Duration::from_millis(50));
    let body = sim.body("daily", json!({"trade_date": DAY}), "").to_string();
    assert!(request.body(body).send().await.unwrap_err().is_timeout());
    sim.server.faults().next(1, "daily", Fault::Slow(1));
    assert_eq!(sim.call("daily", json!({"trade_date": DAY}), "").await["code"], 0);
}

#[tokio::test]
async fn wrong_units_move_the_average_price_out_of_the_days_range() {
    let sim = Sim::start().await;
    let row = rows(&day_with(&sim, Fault::WrongUnit).await).remove(0);
    let number = |column: &str| row[column].as_f64().unwrap();
    let vwap = number("amount") * 1000.0 / (number("vol") * 100.0);
    assert!(vwap > number("high") * 5.0, "{row:?}");
}

#[tokio::test]
async fn columns_can_change_their_name_or_vanish() {
    let sim = Sim::start().await;
    let renamed = Fault::RenameColumn { from: "vol".to_owned(), to: "volume".to_owned() };
    let answer = day_with(&sim, renamed).await;
    assert!(fields(&answer).contains(&"volume".to_owned()) && !fields(&answer).contains(&"vol".to_owned()));
    let answer = day_with(&sim, Fault::DropColumn("pre_close".to_owned())).await;
    assert_eq!(fields(&answer).len(), 10);
    assert_eq!(rows(&answer)[0].len(), 10);
}

#[tokio::test]
async fn rows_can_be_doubled_missing_or_absent() {
    let sim = Sim::start().await;
    let all = sim.market().expected_codes(date("2024-03-01")).len();
    let doubled = rows(&day_with(&sim, Fault::DuplicateRows).await);
    assert_eq!(doubled.len(), all + all.div_ceil(7));
    assert_eq!(doubled[0], doubled[1]);
    let kept = rows(&day_with(&sim, Fault::KeepPercent(60)).await);
    assert!(!kept.is_empty() && kept.len() < all, "{}", kept.len());
    assert_eq!(kept, rows(&day_with(&sim, Fault::KeepPercent(60)).await), "the same codes each time");
    assert_eq!(rows(&day_with(&sim, Fault::NoRows).await).len(), 0);
}

#[tokio::test]
async fn revised_and_withdrawn_rows_stay_so() {
    let sim = Sim::start().await;
    let code = "600519.SH".parse().unwrap();
    let mut bar = sim.market().bar(&code, date("2024-03-01")).unwrap();
    (bar.close, bar.volume) = (bar.low, bar.volume + 1);
    sim.server.faults().revise(bar.clone());
    for _ in 0..2 {
        let rows = sim.rows("daily", json!({"ts_code": "600519.SH", "trade_date": DAY}), "").await;
        assert_eq!(rows[0]["close"], bar.close);
        assert_eq!(rows[0]["vol"], bar.volume as f64 / 100.0);
    }
    sim.server.faults().withdraw(code, date("2024-03-01"));
    assert!(sim.rows("daily", json!({"ts_code": "600519.SH", "trade_date": DAY}), "").await.is_empty());
    sim.server.faults().clear();
    let rows = sim.rows("daily", json!({"ts_code": "600519.SH", "trade_date": DAY}), "").await;
    assert_eq!(rows[0]["close"], sim.market().bar(&code, date("2024-03-01")).unwrap().close);
}

#[tokio::test]
async fn a_fault_befalls_its_api_and_its_number_of_calls_only() {
    let sim = Sim::start().await;
    sim.server.faults().next(2, "daily", Fault::NoRows);
    sim.server.faults().always("adj_factor", Fault::NullMsg);
    for empty in [true, true, false] {
        assert_eq!(sim.rows("daily", json!({"trade_date": DAY}), "").await.is_empty(), empty);
        assert!(!sim.rows("daily_basic", json!({"trade_date": DAY}), "").await.is_empty());
        assert_eq!(sim.call("adj_factor", json!({"trade_date": DAY}), "").await["msg"], Value::Null);
    }
    assert_eq!(sim.server.calls().by_api()["daily"], 3);
    assert_eq!(sim.server.calls().with("daily", &[("trade_date", DAY)]), 3);
    assert_eq!(sim.server.calls().total(), 9);
}

#[tokio::test]
async fn a_dropped_server_lets_go_of_its_port() {
    let Sim { server, client, .. } = Sim::start().await;
    let (url, address) = (server.url.clone(), server.address());
    drop(server);
    // The task behind the handle ends at its next turn.
    let free = async {
        while tokio::net::TcpListener::bind(address).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), free).await.unwrap();
    assert!(client.post(url).send().await.is_err());
}
