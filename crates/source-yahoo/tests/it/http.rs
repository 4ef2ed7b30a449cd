//! What only a real socket shows.

use std::{sync::Arc, time::Duration};

use source_yahoo::{ClientConfig, Decision, YahooError};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::kit::{client, config, day};

fn clock() -> source_yahoo::Clock {
    Arc::new(|| "2024-06-13T22:00:00Z".parse().unwrap_or_default())
}

#[tokio::test]
async fn symbols_are_escaped_once_and_a_browsers_name_goes_along() {
    let server = MockServer::start().await;
    let body = r#"{"chart":{"result":[{"meta":{"symbol":"USDCNY=X","dataGranularity":"1d","exchangeTimezoneName":
        "Europe/London"},"indicators":{"quote":[{}]}}],"error":null}}"#;
    Mock::given(matchers::method("GET"))
        .and(matchers::query_param("interval", "1d"))
        .and(matchers::query_param("events", "div,splits,capitalGains"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(config(&format!("{}/", server.uri())), clock());
    let history = client.history(&"USDCNY.FX".parse().unwrap(), day("2024-06-01"), day("2024-06-10")).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].url.path(), "/v8/finance/chart/USDCNY%3DX");
    assert_eq!(requests[0].headers["user-agent"], ClientConfig::DEFAULT_USER_AGENT);
    assert_eq!(history.instrument.unwrap().timezone, "Europe/London");
}

#[tokio::test]
async fn a_slow_answer_is_given_up_after_the_time_out() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(matchers::any()).respond_with(slow).expect(2).mount(&server).await;
    let config = ClientConfig { request_timeout: Duration::from_millis(50), max_attempts: 2, ..config(&server.uri()) };
    let client = client(config, clock());
    let error = client.history(&"AAPL.US".parse().unwrap(), day("2024-06-01"), day("2024-06-10")).await.unwrap_err();
    assert!(matches!(&error, YahooError::Unavailable { attempts: 2, .. }), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_without_its_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(config(&format!("http://user:hunter2@{address}")), clock());
    let error = client.history(&"AAPL.US".parse().unwrap(), day("2024-06-01"), day("2024-06-10")).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryLater);
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}
