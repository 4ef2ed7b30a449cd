//! What a provider says while nothing is wrong.

use serde_json::{Value, json};
use upstream_simulators::{LlmAnswer, LlmDialect, LlmOptions};

use crate::harness::Sim;

#[tokio::test]
async fn a_chat_is_answered_with_as_many_tokens_as_it_may_be() {
    let sim = Sim::start().await;
    let (status, body) = sim.chat("key-1", json!({})).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["usage"], json!({"prompt_tokens": 5, "completion_tokens": 16, "total_tokens": 21}));
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert!(body["choices"][0]["message"]["content"].as_str().is_some_and(|text| text.starts_with("The market")));

    for bound in ["max_tokens", "max_completion_tokens"] {
        let (_, body) = sim.chat("key-1", json!({bound: 4})).await;
        assert_eq!(
            (&body["usage"]["completion_tokens"], &body["choices"][0]["finish_reason"]),
            (&json!(4), &json!("length"))
        );
    }
    let (_, body) =
        sim.chat("key-1", json!({"messages": [{"role": "user", "content": "[[tokens:40]]"}], "n": 2})).await;
    assert_eq!((&body["usage"]["completion_tokens"], &body["choices"][1]["index"]), (&json!(80), &json!(1)));
}

#[tokio::test]
async fn thinking_and_cached_tokens_are_told_in_the_usage() {
    let answer = LlmAnswer { thinking: 10, cached_per_mille: 400, ..LlmAnswer::default() };
    let sim = Sim::with(LlmOptions { answer, ..LlmOptions::with_keys(LlmDialect::OpenAi, 1) }).await;
    let (_, body) = sim.chat("key-1", json!({})).await;
    let wanted = json!({
        "prompt_tokens": 5, "completion_tokens": 26, "total_tokens": 31,
        "prompt_tokens_details": {"cached_tokens": 2}, "completion_tokens_details": {"reasoning_tokens": 10},
    });
    assert_eq!(body["usage"], wanted);
    assert!(body["choices"][0]["message"]["reasoning_content"].is_string());
}

#[tokio::test]
async fn a_chat_with_tools_calls_the_first_unless_it_must_not() {
    let sim = Sim::start().await;
    let tools = json!([{"type": "function", "function": {"name": "bars", "parameters": {"type": "object"}}}]);
    let (_, body) = sim.chat("key-1", json!({"tools": tools})).await;
    let call = &body["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(
        (&call["function"]["name"], &body["choices"][0]["finish_reason"]),
        (&json!("bars"), &json!("tool_calls"))
    );
    let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().expect("a text")).expect("JSON");
    assert_eq!(arguments["code"], "600519.SH");
    let (_, body) = sim.chat("key-1", json!({"tools": tools, "tool_choice": "none"})).await;
    assert!(body["choices"][0]["message"]["content"].is_string());
}

#[tokio::test]
async fn completions_embeddings_and_rerank_have_their_own_forms() {
    let sim = Sim::with(LlmOptions::with_keys(LlmDialect::SiliconFlow, 1)).await;
    let ask = async |path: &str, body: Value| -> Value {
        let answer = sim.send("key-1", path, &body).await;
        assert_eq!(answer.status(), 200);
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    };
    let body = ask("/completions", json!({"model": "m", "prompt": "Once", "max_tokens": 3})).await;
    assert_eq!((&body["object"], &body["usage"]["completion_tokens"]), (&json!("text_completion"), &json!(3)));

    let body = ask("/embeddings", json!({"model": "m", "input": ["a", "b"], "dimensions": 4})).await;
    assert_eq!(body["data"][1]["embedding"].as_array().map(Vec::len), Some(4));
    assert_ne!(body["data"][0]["embedding"], body["data"][1]["embedding"]);
    assert_eq!(body["usage"], json!({"prompt_tokens": 1, "total_tokens": 1}));
    let body =
        ask("/embeddings", json!({"model": "m", "input": "a", "dimensions": 3, "encoding_format": "base64"})).await;
    assert_eq!(body["data"][0]["embedding"].as_str().map(str::len), Some(16), "12 bytes in base64");

    let body = json!({"model": "m", "query": "q", "documents": ["long one", "short", "mid one"], "top_n": 2, "return_documents": true});
    let body = ask("/rerank", body).await;
    assert_eq!(body["results"].as_array().map(Vec::len), Some(2));
    assert_eq!(body["results"][0]["document"]["text"], "short");
    assert_eq!(body["meta"]["tokens"]["input_tokens"], 6);
}

#[tokio::test]
async fn models_and_balance_cost_nothing_and_the_balance_is_what_is_left() {
    let options = LlmOptions {
        models: vec!["qwen-plus".to_owned()],
        credit_nano: 1_000_000_000,
        ..LlmOptions::with_keys(LlmDialect::SiliconFlow, 1)
    };
    let sim = Sim::with(options).await;
    let get = async |path: &str| -> Value {
        let url = format!("{}{path}", sim.server.base_url());
        let answer = sim.client.get(url).bearer_auth("sk-sim-key-1").send().await.expect("an answer");
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    };
    assert_eq!(get("/models").await["data"][0]["id"], "qwen-plus");
    sim.chat("key-1", json!({})).await;
    let billed = sim.server.book("key-1").billed_nano;
    assert_eq!(billed, 5 * 800 + 16 * 2000);
    assert_eq!(get("/user/info").await["data"]["totalBalance"], format!("0.{:09}", 1_000_000_000 - billed));
    let book = sim.server.book("key-1");
    assert_eq!((book.calls, book.free_calls), (1, 2));
}

#[tokio::test]
async fn every_dialect_answers_below_its_own_prefix_and_names_the_request_in_its_own_header() {
    for dialect in LlmDialect::ALL {
        let sim = Sim::with(LlmOptions::with_keys(dialect, 1)).await;
        let answer = sim.send("key-1", "/chat/completions", &crate::harness::chat(json!({}))).await;
        assert_eq!(answer.status(), 200, "{dialect:?}");
        let named = answer.headers().iter().any(|(name, value)| name.as_str().ends_with("-id") && value == "sim-0");
        assert!(named, "{dialect:?}: {:?}", answer.headers());
        let url = format!("{}/nowhere/chat/completions", sim.server.url);
        let answer = sim.client.post(url).bearer_auth("sk-sim-key-1").body("{}").send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{dialect:?}");
    }
}

#[tokio::test]
async fn what_it_was_asked_is_remembered_within_bounds() {
    let sim =
        Sim::with(LlmOptions { keep_calls: 2, keep_bodies: 1, ..LlmOptions::with_keys(LlmDialect::OpenAi, 1) }).await;
    for id in ["a", "b", "c"] {
        let body = crate::harness::chat(json!({"user": id, "max_tokens": 3}));
        sim.post("key-1", "/chat/completions", &body).header("x-request-id", id).send().await.expect("an answer");
    }
    let calls = sim.server.calls();
    assert_eq!(calls.total(), 3);
    let log = calls.of("key-1");
    let ids: Vec<_> = log.iter().filter_map(|call| call.request_id.as_deref()).collect();
    assert_eq!(ids, ["b", "c"]);
    assert_eq!((log[1].number, log[1].max_tokens, log[1].billed_output), (2, Some(3), 3));
    assert!(calls.bodies().len() == 1 && calls.bodies()[0].contains(r#""user":"c""#), "{:?}", calls.bodies());
    assert_eq!(sim.server.book("key-1").largest_max_tokens, Some(3));
}

#[tokio::test]
async fn a_body_that_asks_for_nothing_is_refused_and_costs_nothing() {
    let sim = Sim::start().await;
    for body in [json!([]), json!({"model": "m"}), json!({"model": "m", "messages": []}), json!({"messages": [{}]})] {
        let answer = sim.send("key-1", "/chat/completions", &body).await;
        assert_eq!(answer.status(), 400, "{body}");
    }
    let book = sim.server.book("key-1");
    assert_eq!((book.billed_nano, book.refused["bad_parameter"]), (0, 4));
}
