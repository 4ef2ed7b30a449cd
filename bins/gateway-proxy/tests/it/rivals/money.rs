//! What is charged, and what may be spent.

use futures::future::join_all;
use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmPrice, LlmRefusal};

use super::kit::{Rival, eventually, nano};

/// ¥0.02 for a token of the answer.
const DEAR: LlmPrice = LlmPrice { input: 1_000_000, cached_input: 1_000_000, output: 20_000_000 };

fn dear(keys: usize) -> LlmOptions {
    LlmOptions { price: DEAR, ..LlmOptions::with_keys(LlmDialect::DashScope, keys) }
}

/// New-API #5690, #6609, LiteLLM #34732, #40095, #26672: the quota is checked and deducted in two steps, and concurrent
/// requests overdraw it.
#[tokio::test]
async fn concurrent_requests_do_not_overdraw_a_budget() {
    let rival = Rival::options(dear(1), "max_wait_s = 2").await;
    rival.set_budget("key-1", "5").await;
    let answers = join_all((0..60).map(|_| rival.chat(json!({})))).await;
    let good = answers.iter().filter(|said| said.status == 200).count();
    let honest = answers.iter().filter(|said| said.code() == "insufficient_quota").count();
    assert_eq!(good + honest, 60, "{:?}", answers.iter().map(|said| said.code().to_owned()).collect::<Vec<_>>());
    let billed = rival.llm.billed_nano();
    assert!(billed <= 5_000_000_000, "billed {billed} nano-yuan of a budget of ¥5");
    assert!(good >= 8, "and yet most of it could be used: {good} answers");
}

/// New-API #4429: what was consumed beforehand leaks when a request ends the hard way.
#[tokio::test]
async fn nothing_stays_reserved_however_a_request_ends() {
    let rival = Rival::options(dear(2), "idle_timeout_s = 1").await;
    let faults = rival.llm.faults();
    for fault in [
        LlmFault::Hangup,
        LlmFault::BilledHangup,
        LlmFault::CutAfter(1),
        LlmFault::Garbage,
        LlmFault::HalfJson,
        LlmFault::Refuse(LlmRefusal::BadParameter),
        LlmFault::Refuse(LlmRefusal::Burst),
        LlmFault::StallAfter(1),
    ] {
        for stream in [true, false] {
            faults.next(2, "", fault.clone());
            rival.chat(json!({"stream": stream})).await;
            faults.clear();
        }
    }
    // And callers that go away: before the head, and in the middle.
    faults.next(1, "", LlmFault::SlowHead(200));
    rival.leave_before_the_head().await;
    faults.next(1, "", LlmFault::Interval(20));
    drop(rival.begin(json!({"stream": true})).await);
    eventually("nothing is reserved, nothing is under way", async || {
        let mut idle = true;
        for key in ["key-1", "key-2"] {
            let channel = rival.channel(key).await;
            idle &= channel["budget"]["reserved_cny"] == "0" && channel["in_flight"] == 0;
        }
        idle.then_some(())
    })
    .await;
}

/// New-API #5289, #5290, #4168, LiteLLM #37558, #36008: a caller who hangs up is billed nothing, or too much.
#[tokio::test]
async fn a_caller_who_hangs_up_is_charged_what_the_provider_bills() {
    let rival = Rival::options(dear(1), "").await;
    for after in [0, 3, 10] {
        rival.llm.faults().next(1, "key-1", LlmFault::Interval(5));
        let mut answer = rival.begin(json!({"stream": true})).await;
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        super::kit::read_contents(&mut answer, after).await;
        drop(answer);
        let record = rival.record_of(&id).await;
        assert_eq!(record["outcome"], "client_gone", "{record}");
        let charge = &record["charges"][0];
        assert_eq!((nano(&charge["cny"]), &charge["estimated"]), (rival.billed(&id), &json!(false)), "{record}");
    }
}

/// The same where the operator chose to cancel upstream: charged at least what was billed, and said to be an estimate.
#[tokio::test]
async fn a_cancelled_stream_is_charged_an_estimate_that_says_so() {
    let rival = Rival::options(dear(1), "on_disconnect = \"cancel\"").await;
    rival.llm.faults().next(1, "key-1", LlmFault::Interval(20));
    let mut answer = rival.begin(json!({"stream": true})).await;
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    super::kit::read_contents(&mut answer, 4).await;
    drop(answer);
    eventually("the provider notices", async || (rival.llm.book("key-1").under_way == 0).then_some(())).await;
    assert!(rival.llm.book("key-1").billed_output < 16, "the stream was cancelled");
    let record = rival.record_of(&id).await;
    let charge = &record["charges"][0];
    assert_eq!((&record["outcome"], &charge["estimated"]), (&json!("client_gone"), &json!(true)), "{record}");
    assert!(nano(&charge["cny"]) >= rival.billed(&id), "billed {}: {record}", rival.billed(&id));
}

/// New-API #4168, #5235: no usage in the answer, nothing billed. And usage that lies: nobody gains credit by it.
#[tokio::test]
async fn an_answer_without_an_honest_usage_is_charged_an_estimate() {
    let rival = Rival::options(dear(1), "").await;
    for fault in [LlmFault::UsageMissing, LlmFault::UsageNegative, LlmFault::UsageZero] {
        for stream in [true, false] {
            rival.llm.faults().next(1, "key-1", fault.clone());
            let said = rival.chat(json!({"stream": stream})).await;
            assert_eq!(said.status, 200, "{said:?}");
            let record = rival.record(&said).await;
            let charge = &record["charges"][0];
            assert!(nano(&charge["cny"]) > 0, "{fault:?}, stream {stream}: {record}");
            assert_eq!(charge["estimated"], true, "{fault:?}, stream {stream}: {record}");
        }
    }
}

/// An upstream that ignores `max_tokens`: what exceeds the reservation is a breach by name, counted, and the budget is spent.
#[tokio::test]
async fn an_answer_beyond_its_bound_is_a_breach_by_name() {
    let rival = Rival::options(dear(1), "").await;
    rival.llm.faults().next(1, "key-1", LlmFault::IgnoreMaxTokens(1_000));
    let said = rival.chat(json!({})).await;
    let record = rival.record(&said).await;
    let charge = &record["charges"][0];
    assert_eq!(nano(&charge["cny"]), rival.llm.billed_nano(), "{record}");
    assert!(nano(&charge["breach"]) > 0, "{record}");
    assert_eq!(nano(&charge["breach"]), nano(&charge["cny"]) - nano(&charge["reserved"]), "{record}");
}

/// Bifrost #2873: other routes pass the budget by.
#[tokio::test]
async fn every_route_is_charged() {
    let options = LlmOptions { price: DEAR, ..LlmOptions::with_keys(LlmDialect::SiliconFlow, 1) };
    let rival = Rival::options(options, "").await;
    let bodies = [
        ("/v1/chat/completions", json!({"model": "qwen-plus", "messages": [{"role": "user", "content": "hi"}]})),
        ("/v1/completions", json!({"model": "qwen-plus", "prompt": "hi", "max_tokens": 4})),
        ("/v1/embeddings", json!({"model": "qwen-plus", "input": "a long text about markets"})),
        ("/v1/rerank", json!({"model": "qwen-plus", "query": "q", "documents": ["one", "two"]})),
    ];
    for (path, body) in bodies {
        let before = rival.llm.billed_nano();
        let said = rival.ask(path, &body).await;
        assert_eq!(said.status, 200, "{path}: {said:?}");
        let billed = rival.llm.billed_nano() - before;
        let record = rival.record(&said).await;
        assert!(billed > 0);
        assert_eq!(nano(&record["charges"][0]["cny"]), billed, "{path}: {record}");
    }
}

/// LiteLLM #23714, #11083, Bifrost #5673: caps of a key are not enforced, or only afterwards.
#[tokio::test]
async fn a_profiles_cap_holds_against_concurrent_requests_where_it_is_enforced() {
    let rival = Rival::options(dear(3), "profile_caps = \"enforce\"").await;
    let poor = rival.caller("poor", json!({"daily_cap_cny": "2"})).await;
    let answers = join_all((0..40).map(|_| poor.chat(json!({})))).await;
    let good = answers.iter().filter(|said| said.status == 200).count();
    assert!(answers.iter().all(|said| said.status == 200 || said.code() == "insufficient_quota"), "{answers:?}");
    assert!((2..40).contains(&good), "{good}");
    assert!(rival.llm.billed_nano() <= 2_000_000_000, "{}", rival.llm.billed_nano());
    assert_eq!(rival.chat(json!({})).await.status, 200, "another profile is not concerned");
}

/// LiteLLM PR #34887, #6895: deadlocks of the database drop what was spent. PR #33736, #37558: it is doubled.
#[tokio::test]
async fn every_one_of_many_concurrent_requests_is_in_the_books_once() {
    let rival = Rival::options(dear(4), "").await;
    let answers = join_all((0..300).map(|turn| rival.chat(json!({"stream": turn % 2 == 0})))).await;
    assert!(answers.iter().all(|said| said.status == 200));
    for key in 1..=4 {
        let name = format!("key-{key}");
        let billed = rival.llm.book(&name).billed_nano;
        eventually("the books agree with the invoice", async || {
            (nano(&rival.channel(&name).await["budget"]["settled_cny"]) == billed).then_some(())
        })
        .await;
    }
    let mut charged = 0;
    for said in &answers {
        let record = rival.record(said).await;
        assert_eq!(record["charges"].as_array().map(Vec::len), Some(1), "{record}");
        charged += nano(&record["charges"][0]["cny"]);
    }
    assert_eq!(charged, rival.llm.billed_nano());
}

/// LiteLLM #36008: a first attempt that failed after it was billed is lost from the books, or counted with the second.
#[tokio::test]
async fn an_attempt_that_was_billed_and_failed_is_a_charge_of_its_own() {
    let rival = Rival::options(dear(2), "").await;
    rival.llm.faults().always("key-1", LlmFault::BilledHangup);
    let said = rival.chat(json!({})).await;
    let said = if said.header("x-twilight-attempts") == "2" { said } else { rival.chat(json!({})).await };
    assert_eq!((said.status, said.header("x-twilight-attempts")), (200, "2"), "{said:?}");
    let record = rival.record(&said).await;
    let charges = record["charges"].as_array().cloned().unwrap_or_default();
    assert_eq!(charges.len(), 2, "{record}");
    let of = |channel: &str| charges.iter().find(|charge| charge["channel"] == channel).cloned().unwrap_or(Value::Null);
    assert_eq!(of("key-1")["estimated"], true, "{record}");
    assert!(nano(&of("key-1")["cny"]) >= rival.llm.book("key-1").billed_nano, "{record}");
    assert_eq!(of("key-2")["estimated"], false, "{record}");
}

/// New-API for Ali channels: a missing `top_p` becomes 0.001. What a caller did not say is not said for him.
#[tokio::test]
async fn no_parameter_is_invented_but_the_bound_on_the_answer() {
    let rival = Rival::keys(1).await;
    let plain =
        r#"{"model":"qwen-plus",  "messages":[{"role":"user","content":"héllo \u4f60"}], "seed":1.50,"x":{"y":[1,2]}}"#;
    let said = rival.ask_raw("/v1/chat/completions", plain).await;
    assert_eq!((said.status, said.header("x-twilight-max-tokens")), (200, "4096"), "{said:?}");
    let sent = rival.llm.calls().bodies().pop().unwrap();
    let without_bound = sent.replacen(",\"max_tokens\":4096", "", 1).replacen("\"max_tokens\":4096,", "", 1);
    assert_eq!(without_bound, plain, "every other byte is the caller's: {sent}");

    let bounded = plain.replace("\"seed\"", "\"max_tokens\":7,\"top_p\":0.9,\"seed\"");
    let said = rival.ask_raw("/v1/chat/completions", &bounded).await;
    assert_eq!((said.status, said.header("x-twilight-max-tokens")), (200, ""), "{said:?}");
    assert_eq!(rival.llm.calls().bodies().pop().unwrap(), bounded);
}
