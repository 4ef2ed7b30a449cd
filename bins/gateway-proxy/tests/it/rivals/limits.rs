//! Limits of channels, the queue before them, and refusals that help.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions};

use super::kit::Rival;

/// New-API #1730, #7408, #7070, #3349: no limits per channel. #2071: a rate limit that has no effect.
#[tokio::test]
async fn a_channels_requests_per_minute_hold_and_the_next_channel_takes_over() {
    let rival = Rival::channels(LlmOptions::with_keys(LlmDialect::DashScope, 2), "max_wait_s = 0", "rpm = 5").await;
    let answers = join_all((0..20).map(|_| rival.chat(json!({})))).await;
    assert_eq!(answers.iter().filter(|said| said.status == 200).count(), 10);
    assert_eq!((rival.llm.book("key-1").calls, rival.llm.book("key-2").calls), (5, 5));
}

/// The same for tokens per minute and for requests at the same time.
#[tokio::test]
async fn tokens_per_minute_and_concurrency_hold_too() {
    let options = || LlmOptions::with_keys(LlmDialect::DashScope, 1);
    let rival = Rival::channels(options(), "max_wait_s = 0", "tpm = 500").await;
    let answers = join_all((0..30).map(|_| rival.chat(json!({})))).await;
    let good = answers.iter().filter(|said| said.status == 200).count();
    let used = rival.llm.book("key-1");
    assert!(good >= 3 && used.billed_input + used.billed_output <= 500, "{good}: {used:?}");

    let rival = Rival::channels(options(), "", "max_in_flight = 3").await;
    rival.llm.faults().always("", LlmFault::SlowHead(5));
    let answers = join_all((0..30).map(|_| rival.chat(json!({})))).await;
    assert!(answers.iter().all(|said| said.status == 200), "they wait for each other");
    assert_eq!(rival.llm.book("key-1").most_at_once, 3);
}

/// New-API has no queue (#3156 was closed): at the limit its callers see the refusal at once.
#[tokio::test]
async fn a_request_waits_for_room_rather_than_being_refused() {
    let rival = Rival::channels(LlmOptions::with_keys(LlmDialect::DashScope, 1), "", "max_in_flight = 1").await;
    rival.llm.faults().always("", LlmFault::SlowHead(2));
    let answers = join_all((0..25).map(|_| rival.chat(json!({})))).await;
    assert!(answers.iter().all(|said| said.status == 200));
    assert_eq!(rival.llm.book("key-1").answered, 25);
}

/// TensorZero #3678, #3556: refusals that do not say which limit, nor how long.
#[tokio::test]
async fn a_refusal_names_the_limit_the_meter_and_the_true_wait() {
    let rival = Rival::channels(LlmOptions::with_keys(LlmDialect::DashScope, 1), "max_wait_s = 0", "rpm = 2").await;
    for _ in 0..2 {
        assert_eq!(rival.chat(json!({})).await.status, 200);
    }
    let said = rival.chat(json!({})).await;
    assert_eq!((said.status, said.code()), (429, "rate_limit_exceeded"), "{said:?}");
    assert!(said.text.contains("2 requests per minute of channel key-1"), "{}", said.text);
    let ms: u64 = said.header("retry-after-ms").parse().unwrap();
    let seconds: u64 = said.header("retry-after").parse().unwrap();
    assert!((40_000..=60_000).contains(&ms), "{ms}");
    assert_eq!(seconds, Duration::from_millis(ms).as_millis().div_ceil(1000) as u64);
}

/// New-API is created with root and 123456. Without an admin token in the configuration nobody is an operator here.
#[tokio::test]
async fn there_is_no_password_that_everybody_knows() {
    let rival = Rival::without_admin_token().await;
    for guess in ["", "root", "123456", "admin"] {
        assert_eq!(rival.admin_as(guess).await, 401, "{guess:?}");
    }
}
