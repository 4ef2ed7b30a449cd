//! What an upstream may bill is charged, and what is no answer is never passed for one.

use serde_json::{Value, json};

use crate::support::{Asked, Frames, Gateway, Scripted, channel, events};

const ASK: &str =
    "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
const ROLE: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const TEXT: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\n\n";
const FINISH: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":7,\"total_tokens\":16}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// A first channel, a second one, and a gateway over both.
async fn pair() -> (Scripted, Scripted, Gateway) {
    let (first, second) = (Scripted::start().await, Scripted::start().await);
    let preferred = channel("a", &first.url).replace("priority = 0", "priority = 1");
    let gateway = Gateway::over(&format!("{preferred}{}", channel("b", &second.url))).await;
    (first, second, gateway)
}

/// The text that a caller gets whose first channel fails like that while the second is well, and the record.
async fn falls_back(ask: &str, fail: impl FnOnce(Asked)) -> (String, Value) {
    let (mut first, mut second, gateway) = pair().await;
    let (answer, ()) = tokio::join!(gateway.post("/v1/chat/completions", ask.to_owned()).send(), async {
        fail(first.next().await);
        second.next().await.stream().send(format!("{TEXT}{FINISH}{USAGE}{DONE}"));
    });
    let answer = answer.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let text = answer.text().await.unwrap();
    let record = gateway.record(&id).await;
    gateway.settled().await;
    (text, record)
}

/// What a caller gets of the only channel, and the record.
async fn of_one(ask: &str, play: impl FnOnce(Frames)) -> (String, Value) {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let (answer, ()) = tokio::join!(gateway.post("/v1/chat/completions", ask.to_owned()).send(), async {
        play(upstream.next().await.stream());
    });
    let answer = answer.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let text = answer.text().await.unwrap();
    let record = gateway.record(&id).await;
    gateway.settled().await;
    (text, record)
}

#[tokio::test]
async fn an_answer_of_nothing_that_was_counted_is_charged_as_counted() {
    let (text, record) = falls_back(ASK, |asked| asked.stream().send(format!("{ROLE}{USAGE}{DONE}"))).await;
    assert_eq!(text, format!("{TEXT}{FINISH}{DONE}"));
    let charges = record["charges"].as_array().unwrap();
    assert_eq!(charges.len(), 2, "{record}");
    assert_eq!((&charges[0]["channel"], &charges[0]["output_tokens"]), (&json!("a"), &json!(7)), "{record}");
    assert_eq!(charges[0]["estimated"], false, "{record}");
}

#[tokio::test]
async fn a_stream_that_ends_before_its_first_word_may_have_cost_all_that_was_reserved() {
    for fail in [
        |asked: Asked| asked.stream().send(ROLE),
        |asked: Asked| {
            let frames = asked.stream();
            frames.send(ROLE);
            frames.cut();
        },
    ] {
        let (text, record) = falls_back(ASK, fail).await;
        assert!(text.ends_with(DONE), "{text}");
        let charges = record["charges"].as_array().unwrap();
        assert_eq!(charges.len(), 2, "{record}");
        assert_eq!((&charges[0]["output_tokens"], &charges[0]["estimated"]), (&json!(9), &json!(true)), "{record}");
    }
}

#[tokio::test]
async fn thinking_beyond_the_bound_of_the_answer_is_charged_where_nobody_counts_it() {
    let (text, record) = of_one(ASK, |frames| {
        for _ in 0..60 {
            frames.send("data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"so\"}}]}\n\n");
        }
        frames.cut();
    })
    .await;
    assert!(text.contains("\"error\""), "{text}");
    assert_eq!(record["charges"][0]["output_tokens"], 60, "{record}");
}

#[tokio::test]
async fn one_answer_of_two_is_no_whole_answer() {
    let ask = ASK.replace("\"stream\":true", "\"stream\":true,\"n\":2");
    let (text, record) = of_one(&ask, |frames| frames.send(format!("{TEXT}{FINISH}"))).await;
    assert!(events(&text).last().unwrap().contains("\"error\""), "{text}");
    assert_eq!(record["outcome"], "cut", "{record}");
    let other = FINISH.replace("\"index\":0", "\"index\":1");
    let (text, record) = of_one(&ask, |frames| frames.send(format!("{TEXT}{FINISH}{other}"))).await;
    assert_eq!((text, &record["outcome"]), (format!("{TEXT}{FINISH}{other}"), &json!("ok")), "{record}");
}

#[tokio::test]
async fn what_a_stream_ends_with_counts_without_its_blank_line_too() {
    let limit = "data: {\"error\":{\"message\":\"slow down\",\"code\":\"rate_limit_exceeded\"}}\n";
    let (text, record) = falls_back(ASK, |asked| asked.stream().send(limit)).await;
    assert!(text.ends_with(DONE), "{text}");
    assert_eq!(record["decision"][0]["outcome"], "wait", "{record}");
    assert_eq!(record["charges"].as_array().unwrap().len(), 1, "a refusal costs nothing: {record}");

    let last = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n";
    let (text, record) = of_one(ASK, |frames| frames.send(last)).await;
    assert_eq!((text.as_str(), &record["outcome"]), (last, &json!("ok")), "{record}");
}

#[tokio::test]
async fn a_packed_answer_is_none() {
    for (ask, kind) in [(ASK.to_owned(), "text/event-stream"), (ASK.replace("true", "false"), "application/json")] {
        let (mut first, mut second, gateway) = pair().await;
        let (answer, ()) = tokio::join!(gateway.post("/v1/chat/completions", ask).send(), async {
            first.next().await.packed(kind, &b"\x1f\x8b\x08\x00"[..]);
            let good = second.next().await;
            assert!(!good.headers.contains_key("accept-encoding"));
            match kind {
                "application/json" => {
                    good.json("{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}")
                }
                _ => good.stream().send(format!("{TEXT}{FINISH}{DONE}")),
            }
        });
        let answer = answer.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["x-twilight-channel"]), (200, &"b".parse().unwrap()));
        drop(answer);
        gateway.settled().await;
    }
}

#[tokio::test]
async fn an_embedding_that_asks_for_a_stream_gets_its_answer() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let body = "{\"data\":[],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}";
    let asked = gateway.post("/v1/embeddings", "{\"model\":\"m\",\"stream\":true,\"input\":\"x\"}").send();
    let (answer, ()) = tokio::join!(asked, async { upstream.next().await.json(body) });
    assert_eq!(answer.unwrap().text().await.unwrap(), body);
}

#[tokio::test]
async fn the_wait_that_a_caller_is_told_after_an_upstreams_limit_is_the_one_that_the_gateway_keeps() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let refusal = "{\"error\":{\"message\":\"Rate limit reached for requests\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}";
    let (answer, ()) = tokio::join!(gateway.post("/v1/chat/completions", ASK).send(), async {
        upstream.next().await.answer(429, "application/json", refusal);
    });
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 429);
    let told: u64 = answer.headers()["retry-after-ms"].to_str().unwrap().parse().unwrap();
    assert!((3_000..=4_000).contains(&told), "the channel rests for four seconds, and {told} ms are told");
}
