//! Who is asked, who rests, who comes back.

use serde_json::json;
use upstream_simulators::{LlmDialect, LlmEndpoint, LlmFault, LlmFaultRule, LlmKey, LlmOptions, LlmRefusal};

use super::kit::{Rival, eventually};

/// New-API #4100, #4585: one error disables a channel.
#[tokio::test]
async fn one_failure_switches_nothing_off() {
    for fault in [
        LlmFault::Raw { status: 500, body: "{}".to_owned() },
        LlmFault::Html(502),
        LlmFault::Hangup,
        LlmFault::Garbage,
        LlmFault::Refuse(LlmRefusal::Timeout),
    ] {
        let rival = Rival::keys(1).await;
        rival.llm.faults().next(1, "key-1", fault.clone());
        assert_eq!(rival.chat(json!({})).await.status, 502, "{fault:?}: nobody else could answer");
        let said = rival.chat(json!({})).await;
        assert_eq!(said.status, 200, "{fault:?}: the next request finds the channel in place: {said:?}");
    }
}

/// New-API #2899, #1388: the same channel, or a disabled one, is tried again and again within one request (a comment counts
/// 600,000 tries).
#[tokio::test]
async fn a_request_asks_no_channel_twice() {
    let rival = Rival::keys(4).await;
    rival.llm.faults().always("", LlmFault::Raw { status: 500, body: "{}".to_owned() });
    let said = rival.chat(json!({})).await;
    assert_eq!((said.status, said.code()), (502, "upstream_failed"), "{said:?}");
    let record = rival.record(&said).await;
    let asked = record["decision"].as_array().into_iter().flatten().filter(|attempt| attempt["channel"].is_string());
    assert_eq!(asked.count(), 4, "{record}");
    for number in 1..=4 {
        assert_eq!(rival.llm.book(&format!("key-{number}")).calls, 1);
    }
}

/// New-API's `RetryTimes` is 0 in a fresh installation: its automatic fallback is off until somebody finds the switch.
#[tokio::test]
async fn fallback_needs_no_switch() {
    let rival = Rival::keys(2).await;
    rival.llm.faults().always("key-1", LlmFault::Raw { status: 503, body: "{}".to_owned() });
    for _ in 0..4 {
        let said = rival.chat(json!({})).await;
        assert_eq!((said.status, said.channel()), (200, "key-2"), "{said:?}");
    }
}

/// New-API #3537, #7040: a disabled key never comes back.
#[tokio::test]
async fn a_dead_key_that_lives_again_is_used_again() {
    let rival = Rival::with(2, "probe_every_s = 1\nrecovery_every_s = 1").await;
    rival.llm.faults().kill_key("key-1");
    for _ in 0..4 {
        assert_eq!(rival.chat(json!({})).await.channel(), "key-2");
    }
    assert_ne!(rival.state("key-1").await, "healthy");
    rival.llm.faults().clear_key("key-1");
    eventually("key-1 answers", async || (rival.chat(json!({})).await.channel() == "key-1").then_some(())).await;
}

/// New-API #4122: a key that answers 429 is polled all the same. #4541: affinity keeps a caller at the key that refuses.
#[tokio::test]
async fn a_key_that_says_wait_is_left_alone_and_its_callers_go_elsewhere() {
    let rival = Rival::keys(3).await;
    rival.llm.faults().always("key-1", LlmFault::Refuse(LlmRefusal::RequestsPerMinute));
    for _ in 0..20 {
        let said = rival.chat(json!({})).await;
        assert_eq!(said.status, 200, "{said:?}");
        assert_ne!(said.channel(), "key-1");
    }
    assert_eq!(rival.llm.book("key-1").calls, 1, "it said wait, and is waited for");
}

/// LiteLLM #32574, PR #35104: cooldown is skipped, 25 consecutive 500s never cooled a deployment.
#[tokio::test]
async fn a_channel_that_keeps_failing_is_left_alone_after_a_few_times() {
    let rival = Rival::keys(2).await;
    rival.llm.faults().always("key-1", LlmFault::Raw { status: 500, body: "{}".to_owned() });
    for _ in 0..40 {
        assert_eq!(rival.chat(json!({})).await.status, 200);
    }
    let calls = rival.llm.book("key-1").calls;
    assert!((5..=8).contains(&calls), "asked {calls} times in 40 requests");
    assert_eq!(rival.state("key-1").await, "breaker_open");
}

/// New-API by default: DashScope says arrears with HTTP 400, which it neither retries nor disables.
#[tokio::test]
async fn an_account_in_arrears_fails_over_and_all_its_keys_rest() {
    let keys = vec![LlmKey::new("key-1").on("poor"), LlmKey::new("key-2").on("poor"), LlmKey::new("key-3").on("rich")];
    let rival = Rival::options(LlmOptions { keys, ..LlmOptions::with_keys(LlmDialect::DashScope, 0) }, "").await;
    for key in ["key-1", "key-2"] {
        rival.llm.faults().always(key, LlmFault::Refuse(LlmRefusal::Arrears));
    }
    for _ in 0..6 {
        let said = rival.chat(json!({})).await;
        assert_eq!((said.status, said.channel()), (200, "key-3"), "{said:?}");
    }
    let calls = rival.llm.book("key-1").calls + rival.llm.book("key-2").calls;
    // The probes at the start may still have been under way, and their success is worth one trial.
    assert!(calls <= 2, "who owes money at one key owes it at all of them: {calls} calls");
    assert_eq!((rival.state("key-1").await.as_str(), rival.state("key-2").await.as_str()), ("parked", "parked"));
}

/// New-API's default keyword list: DashScope's words for a minute's tokens ("You exceeded your current quota …") disable the
/// key for good.
#[tokio::test]
async fn words_that_look_like_an_empty_account_are_a_wait_where_they_mean_one() {
    let rival = Rival::keys(2).await;
    rival.llm.faults().next(1, "key-1", LlmFault::RetryAfter(1));
    rival.llm.faults().next(1, "key-1", LlmFault::Refuse(LlmRefusal::TokensPerMinute));
    for _ in 0..4 {
        assert_eq!(rival.chat(json!({})).await.channel(), "key-2");
    }
    assert_ne!(rival.state("key-1").await, "parked");
    eventually("key-1 answers after its wait", async || {
        (rival.chat(json!({})).await.channel() == "key-1").then_some(())
    })
    .await;
}

/// And what is said to end for good does not come back by waiting: DashScope's overdue bill is an HTTP 429 too.
#[tokio::test]
async fn a_bill_that_is_overdue_is_no_wait_although_it_is_a_429() {
    let rival = Rival::keys(2).await;
    rival.llm.faults().always("key-1", LlmFault::Refuse(LlmRefusal::Overdue));
    for _ in 0..4 {
        assert_eq!(rival.chat(json!({})).await.channel(), "key-2");
    }
    assert_eq!(rival.state("key-1").await, "parked");
    // The probe at the start may still have been under way, and its success is worth one trial.
    assert!(rival.llm.book("key-1").calls <= 2);
}

/// New-API #1641: a local upstream without the route that a check asks for is disabled by the check.
#[tokio::test]
async fn a_provider_without_the_route_of_the_probe_is_no_dead_one() {
    let rival = Rival::with(1, "probe_every_s = 1").await;
    let fault = LlmFault::Raw { status: 404, body: "404 page not found".to_owned() };
    rival.llm.faults().add(LlmFaultRule { endpoint: Some(LlmEndpoint::Models), ..LlmFaultRule::always("", fault) });
    eventually("it was probed", async || (rival.llm.book("key-1").free_calls >= 2).then_some(())).await;
    assert_eq!(rival.chat(json!({})).await.status, 200);
}

/// TensorZero's documentation: no balancing over keys.
#[tokio::test]
async fn keys_of_one_model_take_turns() {
    let rival = Rival::keys(5).await;
    for _ in 0..15 {
        assert_eq!(rival.chat(json!({})).await.status, 200);
    }
    for number in 1..=5 {
        assert_eq!(rival.llm.book(&format!("key-{number}")).answered, 3);
    }
}
