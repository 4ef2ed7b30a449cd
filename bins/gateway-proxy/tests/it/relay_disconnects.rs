//! Callers that go away: what their answers cost is charged all the same, and nothing stays reserved.

use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::support::{Frames, Gateway, Scripted, channel};

const ASK: &str = "{\"model\":\"m\",\"max_tokens\":900,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
const ASK_STREAM: &str =
    "{\"model\":\"m\",\"max_tokens\":900,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
const FIRST: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"one two three\"}}]}\n\n";
const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":33,\"total_tokens\":42}}\n\n";
const DONE: &str = "data: [DONE]\n\n";
const ANSWER: &str = "{\"choices\":[{\"message\":{\"content\":\"ok\"}}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5,\"total_tokens\":12}}";

async fn start(settings: &str) -> (Scripted, Gateway) {
    start_named("a", settings).await
}

/// Metrics are the process's: a test that reads some has a channel with a name of its own.
async fn start_named(name: &str, settings: &str) -> (Scripted, Gateway) {
    let upstream = Scripted::start().await;
    let gateway = Gateway::with(settings, &channel(name, &upstream.url)).await;
    (upstream, gateway)
}

/// A stream whose caller reads its first content and is gone. Returns the upstream's end.
async fn leave_amid(upstream: &mut Scripted, gateway: &Gateway) -> (Frames, String) {
    let (frames, answer) = tokio::join!(
        async {
            let frames = upstream.next().await.stream();
            frames.send(FIRST);
            frames
        },
        gateway.post_once("/v1/chat/completions", ASK_STREAM).send(),
    );
    let answer = answer.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let first = answer.bytes_stream().next().await.unwrap().unwrap();
    assert_eq!(first, FIRST);
    (frames, id)
}

fn charge(record: &Value) -> (&Value, &Value, &Value) {
    assert_eq!(record["charges"].as_array().map(Vec::len), Some(1), "{record}");
    let charge = &record["charges"][0];
    (&charge["input_tokens"], &charge["output_tokens"], &charge["estimated"])
}

#[tokio::test]
async fn a_drained_stream_is_charged_what_the_upstream_counted() {
    let (mut upstream, gateway) = start("on_disconnect = \"drain\"").await;
    let (frames, id) = leave_amid(&mut upstream, &gateway).await;
    frames.send(FIRST);
    assert!(frames.is_open(), "the upstream is read on");
    frames.send(format!("{USAGE}{DONE}"));
    drop(frames);
    let record = gateway.record(&id).await;
    assert_eq!(record["outcome"], "client_gone", "{record}");
    assert_eq!(charge(&record), (&json!(9), &json!(33), &json!(false)), "{record}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_cancelled_stream_is_charged_what_was_relayed() {
    let (mut upstream, gateway) = start("on_disconnect = \"cancel\"").await;
    let (frames, id) = leave_amid(&mut upstream, &gateway).await;
    frames.hung_up().await;
    let record = gateway.record(&id).await;
    assert_eq!(record["outcome"], "client_gone", "{record}");
    let (input, output, estimated) = charge(&record);
    assert!(input.as_u64().unwrap() >= 1 && output.as_u64().unwrap() >= 3, "{record}");
    assert_eq!(estimated, true, "{record}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_drain_ends_where_the_reservation_does() {
    let (mut upstream, gateway) = start("on_disconnect = \"drain\"").await;
    let (frames, id) = leave_amid(&mut upstream, &gateway).await;
    // An upstream that ignores max_tokens.
    for _ in 0..1000 {
        frames.send(FIRST);
    }
    frames.hung_up().await;
    let record = gateway.record(&id).await;
    assert_eq!(record["charges"][0]["estimated"], true, "{record}");
    gateway.settled().await;
}

#[tokio::test]
async fn an_answer_that_comes_after_its_caller_left_is_charged() {
    let (mut upstream, gateway) = start_named("left-early", "").await;
    let waiting = tokio::spawn(gateway.post_once("/v1/chat/completions", ASK).send());
    let asked = upstream.next().await;
    let id = asked.headers["x-request-id"].to_str().unwrap().to_owned();
    waiting.abort();
    let _ = waiting.await;
    gateway.deserted("left-early").await;
    asked.json(ANSWER);
    let record = gateway.record(&id).await;
    assert_eq!((&record["outcome"], &record["status"]), (&json!("client_gone"), &json!(499)), "{record}");
    assert_eq!(charge(&record), (&json!(7), &json!(5), &json!(false)), "{record}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_refusal_that_comes_after_its_caller_left_costs_nothing() {
    let (mut upstream, gateway) = start_named("left-refused", "").await;
    let waiting = tokio::spawn(gateway.post_once("/v1/chat/completions", ASK).send());
    let asked = upstream.next().await;
    let id = asked.headers["x-request-id"].to_str().unwrap().to_owned();
    waiting.abort();
    let _ = waiting.await;
    gateway.deserted("left-refused").await;
    asked.answer(500, "text/plain", "boom");
    let record = gateway.record(&id).await;
    assert_eq!((&record["outcome"], &record["charges"]), (&json!("client_gone"), &json!([])), "{record}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_caller_that_leaves_the_queue_leaves_nothing_behind() {
    let upstream = Scripted::start().await;
    let mut upstream = upstream;
    let narrow = channel("a", &upstream.url).replace("max_in_flight = 0", "max_in_flight = 1");
    let gateway = Gateway::over(&narrow).await;
    let first = tokio::spawn(gateway.post("/v1/chat/completions", ASK).send());
    let asked = upstream.next().await;
    let second = tokio::spawn(gateway.post_once("/v1/chat/completions", ASK).send());
    gateway.waiting(1).await;
    second.abort();
    let _ = second.await;
    gateway.waiting(0).await;
    asked.json(ANSWER);
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert!(upstream.is_idle());
    gateway.settled().await;
    let gone = gateway.records("client_gone").await;
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!((&gone[0]["charges"], &gone[0]["status"]), (&json!([]), &json!(499)), "{gone:?}");
}
