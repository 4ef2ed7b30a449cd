//! Faults of the vendor and of whatever stands between, over HTTP.

use std::time::Duration;

use serde_json::json;
use source_tushare::{Decision, TushareError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::kit::{DAILY_FIELDS, EVENING, TOKEN, answer, client, client_at, config, daily_items, day, refusal, serve};

#[tokio::test]
async fn the_real_bar_of_000001_arrives_in_yuan_and_shares_with_its_place_and_bytes() {
    let server = MockServer::start().await;
    let body = answer(DAILY_FIELDS, daily_items());
    serve(&server, "daily", body.clone()).await;
    let fetched = client(config(&format!("{}/", server.uri()))).daily_market(day("2018-07-18")).await.unwrap();
    let row = &fetched.rows[0];
    assert_eq!((row.value.code.as_str(), row.page, row.row), ("000001.SZ", 0, 0));
    assert_eq!((row.value.volume, row.value.amount), (52_515_277, Some(460_697_377.0)));
    assert_eq!((row.value.open, row.value.pre_close, row.value.adj_factor), (8.75, Some(8.72), None));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&fetched.pages[0].body).unwrap(), body);
    assert_eq!(fetched.suspect_rows, 0);
    assert!(fetched.rejected.is_empty());
}

#[tokio::test]
async fn columns_in_another_order_and_a_null_message_change_nothing() {
    let server = MockServer::start().await;
    let mut fields: Vec<&str> = DAILY_FIELDS.to_vec();
    fields.reverse();
    let mut items = daily_items();
    for item in items.as_array_mut().unwrap() {
        item.as_array_mut().unwrap().reverse();
    }
    let body = json!({ "code": 0, "msg": null, "data": { "fields": fields, "items": items } });
    serve(&server, "daily", body).await;
    let fetched = client(config(&server.uri())).daily_market(day("2018-07-18")).await.unwrap();
    assert_eq!(fetched.rows[0].value.volume, 52_515_277);
    assert_eq!(fetched.rows[2].value.volume, 18_000_050);
    assert_eq!(fetched.rows[2].value.pre_close, Some(75.3));
}

#[tokio::test]
async fn a_bad_gateway_page_is_tried_again_and_then_forgotten() {
    let server = MockServer::start().await;
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(502).set_body_raw(page, "text/html"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_raw(page, "text/html"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    serve(&server, "daily", answer(DAILY_FIELDS, daily_items())).await;
    let fetched = client(config(&server.uri())).daily_market(day("2018-07-18")).await.unwrap();
    assert_eq!((fetched.rows.len(), fetched.pages.len()), (3, 1));
}

#[tokio::test]
async fn a_body_cut_off_on_the_wire_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let body = answer(DAILY_FIELDS, daily_items()).to_string();
    let server = tokio::spawn(async move {
        // The first answer promises the whole body and stops in the middle.
        for sent in [body.len() / 2, body.len()] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                socket.read_buf(&mut request).await.unwrap();
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.write_all(&body.as_bytes()[..sent]).await.unwrap();
            socket.shutdown().await.unwrap();
        }
    });
    let fetched = client(config(&format!("http://{address}"))).daily_market(day("2018-07-18")).await.unwrap();
    assert_eq!(fetched.rows.len(), 3);
    server.await.unwrap();
}

#[tokio::test]
async fn a_slow_answer_is_given_up_after_the_time_out() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(matchers::any()).respond_with(slow).expect(2).mount(&server).await;
    let mut config = config(&server.uri());
    config.request_timeout = Duration::from_millis(50);
    config.max_attempts = 2;
    let error = client(config).daily_market(day("2018-07-18")).await.unwrap_err();
    assert!(matches!(&error, TushareError::Unavailable { attempts: 2, .. }), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_without_its_address_or_the_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error =
        client(config(&format!("http://user:hunter2@{address}"))).daily_market(day("2018-07-18")).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryLater);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter2") && !shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn a_refusal_over_http_stops_at_once() {
    let server = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(refusal(40101, "您的token不对，请确认。")))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(config(&server.uri())).daily_market(day("2018-07-18")).await.unwrap_err();
    assert!(matches!(error, TushareError::BadToken { .. }));
}

#[tokio::test]
async fn volumes_in_shares_instead_of_lots_refuse_the_batch_and_name_the_factor() {
    let server = MockServer::start().await;
    let mut items = daily_items();
    for item in items.as_array_mut().unwrap() {
        let vol = item[9].as_f64().or_else(|| item[9].as_str()?.parse().ok()).unwrap();
        item[9] = json!(vol * 100.0);
    }
    serve(&server, "daily", answer(DAILY_FIELDS, items)).await;
    let mut error = client(config(&server.uri())).daily_market(day("2018-07-18")).await.unwrap_err();
    let TushareError::UnitMismatch { suspected_factor, rows, .. } = &error else { panic!("{error}") };
    assert_eq!((*suspected_factor, *rows), (100.0, 3));
    assert_eq!(error.decision(), Decision::Stop);
    assert_eq!(error.take_pages().len(), 1);
}

#[tokio::test]
async fn renamed_columns_refuse_the_batch_and_keep_its_bytes() {
    let server = MockServer::start().await;
    let fields: Vec<&str> = DAILY_FIELDS.iter().map(|field| if *field == "vol" { "volume" } else { field }).collect();
    serve(&server, "daily", answer(&fields, daily_items())).await;
    let mut error = client(config(&server.uri())).daily_market(day("2018-07-18")).await.unwrap_err();
    let TushareError::ColumnsChanged { missing, .. } = &error else { panic!("{error}") };
    assert_eq!(missing, &["vol"]);
    assert!(String::from_utf8(error.take_pages().remove(0).body).unwrap().contains("\"volume\""));
}

#[tokio::test]
async fn a_bad_row_is_refused_with_its_place_and_the_others_stay() {
    let server = MockServer::start().await;
    let mut items = daily_items();
    items[1][2] = json!("abc");
    serve(&server, "daily", answer(DAILY_FIELDS, items)).await;
    let fetched = client(config(&server.uri())).daily_market(day("2018-07-18")).await.unwrap();
    assert_eq!(fetched.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [0, 2]);
    let rejected = &fetched.rejected[0];
    assert_eq!((rejected.dataset, rejected.page, rejected.row), ("daily", 0, 1));
    assert_eq!((rejected.reason.as_str(), rejected.value.as_str()), ("open is not a number", "abc"));
}

#[tokio::test]
async fn bars_of_a_day_that_is_not_closed_are_not_even_asked_for() {
    let server = MockServer::start().await;
    let client = client_at(config(&server.uri()), "2018-07-18T07:29:59Z");
    for error in [
        client.daily_market(day("2018-07-18")).await.unwrap_err(),
        client.daily_basic(day("2018-07-18")).await.unwrap_err(),
        client.whole_day(day("2018-07-18")).await.unwrap_err(),
        client.daily_history("000001.SZ".parse().unwrap(), day("2018-07-18"), day("2018-07-20")).await.unwrap_err(),
    ] {
        assert_eq!(error.decision(), Decision::RetryAt("2018-07-18T07:30:00Z".parse().unwrap()));
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_history_ends_at_the_last_closed_day_and_takes_no_other_code() {
    let server = MockServer::start().await;
    serve(&server, "daily", answer(DAILY_FIELDS, daily_items())).await;
    let client = client_at(config(&server.uri()), EVENING);
    let fetched =
        client.daily_history("000001.SZ".parse().unwrap(), day("2018-07-01"), day("2030-01-01")).await.unwrap();
    assert_eq!(fetched.rows.len(), 1);
    assert!(fetched.rejected.iter().all(|row| row.reason == "ts_code was not asked for: 000001.SZ was"));
    let request: serde_json::Value = serde_json::from_str(&fetched.pages[0].request).unwrap();
    assert_eq!(request["params"]["end_date"], "20180718");
    assert_eq!(request["params"]["ts_code"], "000001.SZ");
}

#[tokio::test]
async fn a_code_the_vendor_cannot_spell_is_not_asked_for() {
    let server = MockServer::start().await;
    let error = client(config(&server.uri())).dividends_by_code("AAPL.US".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, TushareError::UnknownCode { .. }));
    assert!(server.received_requests().await.unwrap().is_empty());
}
