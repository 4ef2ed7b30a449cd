//! What a real provider would have on its invoice.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use serde_json::json;
use upstream_simulators::{LlmAnswer, LlmBook, LlmDialect, LlmFault, LlmKey, LlmOptions, LlmPrice, SimClock};

use crate::harness::{Sim, chat, eventually};

#[tokio::test]
async fn a_model_costs_its_own_price_and_cached_tokens_theirs() {
    let prices = BTreeMap::from([("qwen-plus".to_owned(), LlmPrice { input: 10, cached_input: 1, output: 100 })]);
    let answer = LlmAnswer { cached_per_mille: 400, ..LlmAnswer::default() };
    let sim = Sim::with(LlmOptions { prices, answer, ..LlmOptions::with_keys(LlmDialect::OpenAi, 1) }).await;
    sim.chat("key-1", json!({})).await;
    assert_eq!(sim.server.book("key-1").billed_nano, 3 * 10 + 2 + 16 * 100);
    sim.chat("key-1", json!({"model": "another"})).await;
    assert_eq!(sim.server.billed_nano(), 1632 + 3 * 800 + 2 * 160 + 16 * 2000);
}

#[tokio::test]
async fn a_bill_belongs_to_the_day_in_shanghai() {
    let clock = SimClock::at_shanghai("2026-11-23T23:59:00".parse().expect("a time"));
    let sim =
        Sim::with(LlmOptions { clock: Some(clock.clock()), ..LlmOptions::with_keys(LlmDialect::OpenAi, 1) }).await;
    sim.chat("key-1", json!({})).await;
    clock.set_shanghai("2026-11-24T00:00:00".parse().expect("a time"));
    sim.chat("key-1", json!({})).await;
    let days: Vec<String> = sim.server.book("key-1").billed_by_day.keys().map(ToString::to_string).collect();
    assert_eq!(days, ["2026-11-23", "2026-11-24"]);
}

/// The book of a caller who hangs up after the first frame of a long stream.
async fn hung_up(bills_whole_streams: bool) -> LlmBook {
    let sim = Sim::with(LlmOptions { bills_whole_streams, ..LlmOptions::with_keys(LlmDialect::OpenAi, 1) }).await;
    sim.server.faults().next(1, "key-1", LlmFault::StallAfter(3));
    let mut parts = sim.send("key-1", "/chat/completions", &chat(json!({"stream": true}))).await.bytes_stream();
    parts.next().await.expect("a part").expect("a part");
    eventually("three tokens are out", || (sim.server.book("key-1").billed_output >= 3).then_some(())).await;
    drop(parts);
    eventually("the caller is gone", || (sim.server.book("key-1").under_way == 0).then_some(())).await;
    let call = sim.server.calls().of("key-1").remove(0);
    assert!(call.caller_gone && call.ended, "{call:?}");
    sim.server.book("key-1")
}

#[tokio::test]
async fn a_caller_who_hangs_up_pays_for_what_was_sent() {
    let book = hung_up(false).await;
    assert_eq!((book.billed_input, book.billed_output, book.callers_gone), (5, 3, 1));
}

#[tokio::test]
async fn a_caller_who_hangs_up_pays_for_the_whole_answer_where_the_provider_says_so() {
    let book = hung_up(true).await;
    assert_eq!((book.billed_input, book.billed_output, book.callers_gone), (5, 16, 1));
}

#[tokio::test]
async fn an_answer_that_never_arrives_is_billed_and_one_that_was_not_made_is_not() {
    let sim = Sim::start().await;
    for (fault, billed) in [(LlmFault::Hangup, 0), (LlmFault::BilledHangup, 16), (LlmFault::CutAfter(0), 32)] {
        sim.server.faults().next(1, "key-1", fault.clone());
        let answer = sim.post("key-1", "/chat/completions", &chat(json!({}))).send().await;
        let whole = match answer {
            Ok(answer) => answer.bytes().await.is_ok(),
            Err(_) => false,
        };
        assert!(!whole, "{fault:?}");
        assert_eq!(sim.server.book("key-1").billed_output, billed, "{fault:?}");
    }
    let outcomes: Vec<_> = sim.server.calls().of("key-1").into_iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, ["hangup", "hangup", "ok"]);
}

#[tokio::test]
async fn keys_of_one_account_have_a_book_each_and_strangers_one_together() {
    let keys = vec![LlmKey::new("a").on("house"), LlmKey::new("b").on("house")];
    let sim = Sim::with(LlmOptions { keys, ..LlmOptions::default() }).await;
    for key in ["a", "b", "b", "nobody"] {
        sim.chat(key, json!({})).await;
    }
    let calls: Vec<_> = sim.server.books().into_iter().map(|(key, book)| (key, book.calls, book.answered)).collect();
    assert_eq!(calls, [("?".to_owned(), 1, 0), ("a".to_owned(), 1, 1), ("b".to_owned(), 2, 2)]);
}
