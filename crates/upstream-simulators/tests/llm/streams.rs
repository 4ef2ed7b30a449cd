//! Answers as events.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use upstream_simulators::{LlmAnswer, LlmDialect, LlmFault, LlmOptions};

use crate::harness::{Sim, events, said};

#[tokio::test]
async fn a_stream_names_the_role_first_and_says_the_same_as_the_whole_answer() {
    let sim = Sim::start().await;
    let (text, in_order) = sim.stream("key-1", json!({})).await;
    assert!(in_order && text.ends_with("data: [DONE]\n\n"), "{text}");
    let events = events(&text);
    assert_eq!(events[0]["choices"][0]["delta"], json!({"role": "assistant", "content": ""}));
    assert_eq!(events.len(), 18, "the role, 16 tokens, the end");
    assert_eq!(events[17]["choices"][0]["finish_reason"], "stop");
    let (_, whole) = sim.chat("key-1", json!({})).await;
    assert_eq!(said(&text), whole["choices"][0]["message"]["content"].as_str().expect("a text"));
    assert!(!text.contains("usage"), "nobody asked for the usage");
}

#[tokio::test]
async fn a_stream_tells_its_usage_in_a_frame_without_choices_if_it_is_asked_for() {
    let sim = Sim::start().await;
    let (text, _) = sim.stream("key-1", json!({"stream_options": {"include_usage": true}})).await;
    let events = events(&text);
    let last = &events[events.len() - 1];
    assert_eq!((&last["choices"], &last["usage"]["completion_tokens"]), (&json!([]), &json!(16)));
    assert_eq!(events.iter().filter(|event| event.get("usage").is_some()).count(), 1);
}

#[tokio::test]
async fn thinking_comes_before_the_text_and_tools_come_in_pieces() {
    let answer = LlmAnswer { thinking: 3, tokens: 5, tokens_per_frame: 2, ..LlmAnswer::default() };
    let sim = Sim::with(LlmOptions { answer, ..LlmOptions::with_keys(LlmDialect::OpenAi, 1) }).await;
    let (text, _) = sim.stream("key-1", json!({})).await;
    let deltas: Vec<_> = events(&text).iter().map(|event| event["choices"][0]["delta"].clone()).collect();
    let thinks: Vec<bool> = deltas.iter().map(|delta| delta.get("reasoning_content").is_some()).collect();
    assert_eq!(thinks, [false, true, true, false, false, false, false]);

    let tools = json!([{"type": "function", "function": {"name": "bars"}}]);
    let (text, _) = sim.stream("key-1", json!({"tools": tools})).await;
    let calls: Vec<_> =
        events(&text).iter().map(|event| event["choices"][0]["delta"]["tool_calls"][0].clone()).collect();
    assert_eq!(calls.iter().filter(|call| call["function"]["name"] == "bars").count(), 1);
    let arguments: String = calls.iter().filter_map(|call| call["function"]["arguments"].as_str()).collect();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&arguments).expect("JSON")["days"], 5);
}

#[tokio::test]
async fn completions_stream_without_a_role() {
    let sim = Sim::start().await;
    let body = json!({"model": "m", "prompt": "Once", "stream": true});
    let text = sim.send("key-1", "/completions", &body).await.text().await.expect("a body");
    let events = events(&text);
    assert_eq!((&events[0]["object"], &events[0]["choices"][0]["text"]), (&json!("text_completion"), &json!("The")));
}

#[tokio::test]
async fn every_frame_leaves_at_its_own_time_and_at_once() {
    let sim = Sim::start().await;
    sim.server.set_answer(LlmAnswer {
        tokens: 4,
        first_token_delay: Duration::from_millis(60),
        interval: Duration::from_millis(60),
        ..LlmAnswer::default()
    });
    let mut answer = sim.send("key-1", "/chat/completions", &crate::harness::chat(json!({"stream": true}))).await;
    let begun = Instant::now();
    let mut arrivals = Vec::new();
    while let Some(_part) = answer.chunk().await.expect("a stream") {
        arrivals.push(begun.elapsed().as_millis());
    }
    assert!(arrivals.len() >= 4, "frames come one by one: {arrivals:?}");
    // Four frames with content, one interval after the other, behind the first token's delay.
    let last = *arrivals.last().expect("frames");
    assert!(arrivals[0] >= 40 && last >= 200, "{arrivals:?}");
    assert!(last < 2_000, "no frame waits for an acknowledgement: {arrivals:?}");
}

#[tokio::test]
async fn comments_line_ends_and_pieces_change_the_bytes_and_not_what_is_said() {
    let sim = Sim::start().await;
    let (plain, _) = sim.stream("key-1", json!({})).await;
    for fault in [LlmFault::Comments(2), LlmFault::Crlf, LlmFault::Drip(7)] {
        sim.server.faults().next(1, "", fault.clone());
        let (text, in_order) = sim.stream("key-1", json!({})).await;
        assert!(in_order, "{fault:?}");
        assert_eq!(said(&text.replace("\r\n", "\n")), said(&plain), "{fault:?}");
        match fault {
            LlmFault::Comments(_) => assert!(text.starts_with(": keep-alive 0\n\n: keep-alive 1\n\ndata:"), "{text}"),
            LlmFault::Crlf => assert!(text.contains("}\r\n\r\ndata"), "{text}"),
            _ => {}
        }
    }
}
