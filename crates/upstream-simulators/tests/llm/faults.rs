//! Everything that goes wrong, and that it goes wrong for whom it should.

use std::time::Duration;

use serde_json::{Value, json};
use upstream_simulators::{LlmEndpoint, LlmFault, LlmFaultRule, LlmRefusal};

use crate::harness::{Sim, chat, events, said};

#[tokio::test]
async fn a_fault_befalls_its_key_its_endpoint_its_model_its_sort_and_its_number_of_calls() {
    let sim = Sim::start().await;
    let fault = LlmFault::Raw { status: 500, body: "{}".to_owned() };
    let rule = |change: fn(&mut LlmFaultRule)| {
        let mut rule = LlmFaultRule { calls: Some(1), ..LlmFaultRule::always("key-1", fault.clone()) };
        change(&mut rule);
        sim.server.faults().clear();
        sim.server.faults().add(rule);
    };
    let status = async |key: &str, more: Value| sim.chat(key, more).await.0;
    rule(|_| {});
    let statuses =
        [status("key-2", json!({})).await, status("key-1", json!({})).await, status("key-1", json!({})).await];
    assert_eq!(statuses, [200, 500, 200]);
    rule(|rule| rule.model = Some("other".to_owned()));
    assert_eq!([status("key-1", json!({})).await, status("key-1", json!({"model": "other"})).await], [200, 500]);
    rule(|rule| rule.stream = Some(true));
    assert_eq!([status("key-1", json!({})).await, status("key-1", json!({"stream": true})).await], [200, 500]);
    rule(|rule| rule.endpoint = Some(LlmEndpoint::Embeddings));
    assert_eq!(status("key-1", json!({})).await, 200);
    let answer = sim.send("key-1", "/embeddings", &json!({"model": "m", "input": "a"})).await;
    assert_eq!(answer.status(), 500);
}

#[tokio::test]
async fn a_killed_key_opens_nothing_until_it_is_alive_again() {
    let sim = Sim::start().await;
    sim.server.faults().kill_key("key-1");
    let models = async || {
        let url = format!("{}/models", sim.server.base_url());
        sim.client.get(url).bearer_auth("sk-sim-key-1").send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(
        (sim.chat("key-1", json!({})).await.0, models().await, sim.chat("key-2", json!({})).await.0),
        (401, 401, 200)
    );
    sim.server.faults().clear_key("key-1");
    assert_eq!((sim.chat("key-1", json!({})).await.0, models().await), (200, 200));
}

#[tokio::test]
async fn a_stream_is_cut_ends_in_silence_or_ends_with_an_error_after_so_many_frames() {
    let sim = Sim::start().await;
    let faults = sim.server.faults();
    faults.next(1, "", LlmFault::CutAfter(2));
    let (text, in_order) = sim.stream("key-1", json!({})).await;
    assert!(!in_order, "the connection ended");
    assert_eq!(said(&text), "The market");

    faults.next(1, "", LlmFault::NoDone(2));
    let (text, in_order) = sim.stream("key-1", json!({})).await;
    assert!(in_order && !text.contains("[DONE]"), "{text}");
    assert_eq!(said(&text), "The market");

    faults.next(1, "", LlmFault::ErrorEvent { after: 1, refusal: LlmRefusal::Internal });
    let (text, in_order) = sim.stream("key-1", json!({})).await;
    assert!(in_order && !text.contains("[DONE]"), "{text}");
    let events = events(&text);
    assert_eq!((events.len(), &events[2]["error"]["type"]), (3, &json!("server_error")), "role, a token, the error");

    faults.next(1, "", LlmFault::ErrorFirst(LlmRefusal::TokensPerMinute));
    let (text, _) = sim.stream("key-1", json!({})).await;
    assert!(text.starts_with("data: {\"error\":") && text.matches("data:").count() == 1, "{text}");

    faults.next(1, "", LlmFault::Empty);
    assert_eq!(sim.stream("key-1", json!({})).await.0, "data: [DONE]\n\n");
}

#[tokio::test]
async fn a_stall_lasts_until_the_caller_gives_up() {
    let sim = Sim::start().await;
    for stream in [true, false] {
        sim.server.faults().next(1, "", LlmFault::StallAfter(1));
        let mut answer = sim.send("key-1", "/chat/completions", &chat(json!({"stream": stream}))).await;
        let rest = async { while let Ok(Some(_)) = answer.chunk().await {} };
        assert!(tokio::time::timeout(Duration::from_millis(150), rest).await.is_err(), "nothing comes, nothing ends");
    }
}

#[tokio::test]
async fn a_body_is_cut_half_no_json_or_a_page() {
    let sim = Sim::start().await;
    let get = async |fault: LlmFault| {
        sim.server.faults().next(1, "", fault);
        let answer = sim.send("key-1", "/chat/completions", &chat(json!({}))).await;
        let page = answer.headers()["content-type"] == "text/html";
        (answer.status().as_u16(), page, answer.bytes().await.ok())
    };
    let whole = get(LlmFault::UsageZero).await.2.expect("a body");
    assert!(serde_json::from_slice::<Value>(&whole).is_ok());
    assert!(matches!(get(LlmFault::CutAfter(0)).await, (200, false, None)));
    let (status, _, half) = get(LlmFault::HalfJson).await;
    let half = half.expect("a whole HTTP body");
    assert!(status == 200 && serde_json::from_slice::<Value>(&half).is_err() && half.starts_with(b"{"));
    let (_, _, garbage) = get(LlmFault::Garbage).await;
    assert!(serde_json::from_slice::<Value>(&garbage.expect("a body")).is_err());
    assert!(matches!(get(LlmFault::HtmlOk).await, (200, true, Some(_))));
    assert!(matches!(get(LlmFault::Html(502)).await, (502, true, Some(_))));
    assert!(matches!(get(LlmFault::Empty).await, (200, false, Some(body)) if body.is_empty()));
    let raw = LlmFault::Raw { status: 418, body: "[1]".to_owned() };
    assert!(matches!(get(raw).await, (418, false, Some(body)) if body == "[1]"));
    let (status, _, body) = get(LlmFault::RefuseWith200(LlmRefusal::Overloaded)).await;
    assert!(status == 200 && body.is_some_and(|body| body.starts_with(b"{\"error\"")));
}

#[tokio::test]
async fn the_usage_lies_and_the_bill_does_not() {
    let sim = Sim::start().await;
    let usage = async |fault: LlmFault| {
        sim.server.faults().next(1, "", fault);
        sim.chat("key-1", json!({})).await.1["usage"]["completion_tokens"].clone()
    };
    assert_eq!(usage(LlmFault::UsageMissing).await, Value::Null);
    assert_eq!(usage(LlmFault::UsageZero).await, 0);
    assert_eq!(usage(LlmFault::UsageTimes(1000)).await, 16_000);
    assert_eq!(usage(LlmFault::UsageNegative).await, -16);
    assert_eq!(sim.server.book("key-1").billed_output, 64);
    sim.server.faults().next(1, "", LlmFault::UsageInEveryFrame);
    let (text, _) = sim.stream("key-1", json!({})).await;
    let told: Vec<_> = events(&text).iter().filter_map(|event| event["usage"]["completion_tokens"].as_u64()).collect();
    assert_eq!(told, (1..=16).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_bound_is_ignored_a_text_is_huge() {
    let sim = Sim::start().await;
    sim.server.faults().next(1, "", LlmFault::IgnoreMaxTokens(100));
    let (_, body) = sim.chat("key-1", json!({"max_tokens": 2})).await;
    assert_eq!(body["usage"]["completion_tokens"], 100);
    assert_eq!(sim.server.book("key-1").billed_output, 100);
    sim.server.faults().next(2, "", LlmFault::Huge(3_000_000));
    let (_, body) = sim.chat("key-1", json!({})).await;
    assert_eq!(body["choices"][0]["message"]["content"].as_str().map(str::len), Some(3_000_000));
    let (text, _) = sim.stream("key-1", json!({})).await;
    assert!(text.len() > 3_000_000);
}

#[tokio::test]
async fn the_head_of_an_answer_and_of_a_refusal_waits_for_its_time() {
    let sim = Sim::start().await;
    let once = |fault: LlmFault| sim.server.faults().next(1, "", fault);
    once(LlmFault::SlowHead(3_600_000));
    let answer = sim.post("key-1", "/chat/completions", &chat(json!({}))).timeout(Duration::from_millis(150));
    assert!(answer.send().await.is_err_and(|error| error.is_timeout()));
    once(LlmFault::SlowFirstToken(3_600_000));
    let mut answer = sim.send("key-1", "/chat/completions", &chat(json!({"stream": true}))).await;
    assert_eq!(answer.status(), 200, "the head is there");
    assert!(tokio::time::timeout(Duration::from_millis(150), answer.chunk()).await.is_err());
}

#[tokio::test]
async fn a_provider_that_is_down_refuses_connections_and_comes_back_with_its_books() {
    let sim = Sim::start().await;
    assert_eq!(sim.chat("key-1", json!({})).await.0, 200);
    sim.server.go_down().await;
    let answer = sim.post("key-1", "/chat/completions", &chat(json!({}))).send().await;
    assert!(answer.is_err_and(|error| error.is_connect()));
    sim.server.come_back().await.expect("the port is free");
    assert_eq!(sim.chat("key-1", json!({})).await.0, 200);
    assert_eq!(sim.server.book("key-1").answered, 2);
}
