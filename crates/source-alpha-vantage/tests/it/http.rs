//! What only a real socket shows.

use std::{sync::Arc, time::Duration};

use source_alpha_vantage::{AlphaVantageError, ClientConfig, Decision};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::kit::{client, config, day};

fn clock() -> source_alpha_vantage::Clock {
    Arc::new(|| "2024-06-13T22:00:00Z".parse().unwrap_or_default())
}

#[tokio::test]
async fn a_key_with_reserved_characters_arrives_whole_and_anything_is_accepted() {
    let server = MockServer::start().await;
    let body = r#"{"Time Series (Daily)":{"2024-06-12":{"1. open":"10","2. high":"11","3. low":"9","4. close":"10.5",
        "5. volume":"7"}}}"#;
    Mock::given(matchers::method("GET"))
        .and(matchers::path("/query"))
        .and(matchers::query_param("apikey", "a&b=c"))
        .and(matchers::query_param("symbol", "BRK-B"))
        .and(matchers::header("accept", "*/*"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(config(&format!("{}/", server.uri()), "a&b=c"), clock());
    let history = client.history(&"BRK-B.US".parse().unwrap(), day("2024-06-10"), day("2024-06-12")).await.unwrap();
    assert_eq!(history.bars[0].value.close, 10.5);
}

#[tokio::test]
async fn a_slow_answer_is_given_up_after_the_time_out() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(matchers::any()).respond_with(slow).expect(2).mount(&server).await;
    let config = ClientConfig {
        request_timeout: Duration::from_millis(50),
        max_attempts: 2,
        ..config(&server.uri(), "KEY12345")
    };
    let client = client(config, clock());
    let error = client.history(&"IBM.US".parse().unwrap(), day("2024-06-10"), day("2024-06-12")).await.unwrap_err();
    assert!(matches!(&error, AlphaVantageError::Unavailable { attempts: 2, .. }), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_without_its_address_or_the_key() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(config(&format!("http://user:hunter2@{address}"), "KEY12345"), clock());
    let error = client.history(&"IBM.US".parse().unwrap(), day("2024-06-10"), day("2024-06-12")).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryLater);
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains("KEY12345") && !format!("{error} {error:?}").contains("hunter2"), "{shown}");
}
