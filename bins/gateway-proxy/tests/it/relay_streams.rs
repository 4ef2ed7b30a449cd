//! Streams on their way through: every byte, at once, and nothing more.

use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::support::{Gateway, Scripted, channel, events};

const ROLE: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}}\n\n";
const FINISH: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn content(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

fn ask(extra: Value) -> String {
    let mut body =
        json!({"model": "m", "stream": true, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    body.to_string()
}

#[tokio::test]
async fn a_stream_arrives_as_it_was_sent_wherever_its_chunks_are_cut() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let odd = format!(
        ": keep-alive\n\n{ROLE}event: odd\nid: 7\ndata:{{\"choices\":[{{\"delta\":{{\"content\":\"股\\n\"}}}}],\"x\":1}}\n\n\
         data: {{\"choices\":[{{\"delta\":{{\"content\":\"crlf\"}}}}]}}\r\n\r\n{}: late comment\n\n{FINISH}{USAGE}{DONE}",
        content("\u{1F600} 茅台"),
    );
    for size in [1, 3, 7, 64, odd.len()] {
        let answer =
            gateway.post("/v1/chat/completions", ask(json!({"stream_options": {"include_usage": true}}))).send();
        let play = async {
            let frames = upstream.next().await.stream();
            for piece in odd.as_bytes().chunks(size) {
                frames.send(piece.to_vec());
            }
        };
        let (answer, ()) = tokio::join!(answer, play);
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["x-twilight-channel"], "a");
        assert_eq!(answer.headers()["x-twilight-attempts"], "1");
        assert_eq!(answer.headers()["x-upstream-request-id"], "upstream-7");
        assert_eq!(answer.text().await.unwrap(), odd, "in pieces of {size} bytes");
    }
    gateway.settled().await;
}

#[tokio::test]
async fn every_frame_leaves_before_the_next_one_is_there() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let (frames, answer) = tokio::join!(
        async {
            let frames = upstream.next().await.stream();
            frames.send(format!("{ROLE}{}", content("0")));
            frames
        },
        gateway.post("/v1/chat/completions", ask(json!({}))).send(),
    );
    let mut bytes = answer.unwrap().bytes_stream();
    let mut read = String::new();
    for number in 1..20 {
        let before = content(&(number - 1).to_string());
        while !read.ends_with(&before) {
            read.push_str(std::str::from_utf8(&bytes.next().await.unwrap().unwrap()).unwrap());
        }
        frames.send(content(&number.to_string()));
    }
    frames.send(DONE);
    drop(frames);
    while let Some(piece) = bytes.next().await {
        read.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    assert!(read.ends_with(DONE));
    gateway.settled().await;
}

#[tokio::test]
async fn the_usage_is_asked_for_upstream_and_shown_to_whom_who_asked() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let sent = format!("{ROLE}{}{FINISH}{USAGE}{DONE}", content("x"));
    for (options, shown) in [
        (json!({}), false),
        (json!({"stream_options": null}), false),
        (json!({"stream_options": {"include_usage": false}}), false),
        (json!({"stream_options": {"include_usage": true, "other": 1}}), true),
    ] {
        let (asked, answer) = tokio::join!(
            async {
                let asked = upstream.next().await;
                let body: Value = serde_json::from_slice(&asked.body).unwrap();
                asked.stream().send(sent.clone());
                body
            },
            gateway.post("/v1/chat/completions", ask(options.clone())).send(),
        );
        assert_eq!(asked["stream_options"]["include_usage"], true, "{options}");
        let expected = if shown { sent.clone() } else { sent.replace(USAGE, "") };
        let answer = answer.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(answer.text().await.unwrap(), expected, "{options}");
        let record = gateway.record(&id).await;
        let charge = &record["charges"][0];
        assert_eq!((&charge["input_tokens"], &charge["output_tokens"]), (&json!(9), &json!(3)), "{record}");
        assert_eq!(charge["estimated"], false);
    }
    gateway.settled().await;
}

#[tokio::test]
async fn a_usage_that_comes_with_content_is_no_extra_chunk() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let with_usage = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\
                      \"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1,\"total_tokens\":3}}\n\n";
    let sent = format!("{with_usage}{DONE}");
    let (_, answer) = tokio::join!(
        async { upstream.next().await.stream().send(sent.clone()) },
        gateway.post("/v1/chat/completions", ask(json!({}))).send(),
    );
    assert_eq!(answer.unwrap().text().await.unwrap(), sent);
    gateway.settled().await;
}

#[tokio::test]
async fn completions_stream_too() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let sent = format!(
        "data: {{\"object\":\"text_completion\",\"choices\":[{{\"text\":\"once\",\"index\":0,\"finish_reason\":null}}]}}\n\n\
         data: {{\"choices\":[{{\"text\":\"\",\"finish_reason\":\"length\"}}]}}\n\n{DONE}"
    );
    let body = json!({"model": "m", "prompt": "Once", "stream": true, "max_tokens": 1}).to_string();
    let (path, answer) = tokio::join!(
        async {
            let asked = upstream.next().await;
            let path = asked.path.clone();
            asked.stream().send(sent.clone());
            path
        },
        gateway.post("/v1/completions", body).send(),
    );
    assert_eq!(path, "/completions");
    let text = answer.unwrap().text().await.unwrap();
    assert_eq!(text, sent);
    assert_eq!(events(&text).len(), 3);
    gateway.settled().await;
}
