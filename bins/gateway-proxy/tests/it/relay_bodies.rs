//! Requests and answers that are one document: untouched but for what is said.

use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::json;

use crate::support::{Gateway, Scripted, channel};

const ANSWER: &str = "{ \"id\" : \"x\",\n\t\"choices\":[{\"message\":{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\",\
                      \"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}],\"content\":null}, \"finish_reason\":\"tool_calls\"}],\
                      \"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5,\"total_tokens\":12},\"odd\":1e400 }\n";

#[tokio::test]
async fn a_request_with_a_cap_and_its_answer_pass_untouched() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let body = "{\"model\":\"m\",  \"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"\\u8305\\u53f0 \u{1F600}\"}],\
                \"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}],\
                \"temperature\":0.10000000000000001,\"seed\":18446744073709551615,\"vendor_only\":[1,2.0,null]}";
    let (asked, answer) = tokio::join!(
        async {
            let asked = upstream.next().await;
            let seen = (asked.path.clone(), asked.headers.clone(), asked.body.clone());
            asked.json(ANSWER);
            seen
        },
        gateway.post("/v1/chat/completions", body).send(),
    );
    let (path, headers, sent) = asked;
    assert_eq!((path.as_str(), &sent[..]), ("/chat/completions", body.as_bytes()));
    assert_eq!(headers["authorization"], "Bearer sk-upstream-a");
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    assert!(answer.headers().get("x-twilight-max-tokens").is_none());
    assert_eq!(headers["x-request-id"], answer.headers()["x-request-id"], "the upstream is told our id");
    assert_eq!(answer.text().await.unwrap(), ANSWER);
    gateway.settled().await;
}

#[tokio::test]
async fn a_missing_cap_is_sent_and_said() {
    let mut upstream = Scripted::start().await;
    let models = "[[gateway-proxy.models]]\nname = \"m\"\nmax_output_tokens = 77\n";
    let gateway = Gateway::with("", &format!("{models}{}", channel("a", &upstream.url))).await;
    let body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    let (sent, answer) = tokio::join!(
        async {
            let asked = upstream.next().await;
            let sent = asked.body.clone();
            asked.json(ANSWER);
            sent
        },
        gateway.post("/v1/chat/completions", body).send(),
    );
    let sent: serde_json::Value = serde_json::from_slice(&sent).unwrap();
    let expected = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 77});
    assert_eq!(sent, expected, "and nothing else is invented");
    assert_eq!(answer.unwrap().headers()["x-twilight-max-tokens"], "77");
    gateway.settled().await;
}

#[tokio::test]
async fn a_model_is_sent_under_the_upstreams_name() {
    let mut upstream = Scripted::start().await;
    let mapped = channel("a", &upstream.url).replace("models = [\"m\"]", "model_map = { m = \"vendor/m-2\" }");
    let gateway = Gateway::over(&mapped).await;
    let body = "{\"messages\":[{\"role\":\"user\",\"content\":\"m\"}],\"model\": \"m\" ,\"max_tokens\":1}";
    let (sent, _) = tokio::join!(
        async {
            let asked = upstream.next().await;
            let sent = asked.body.clone();
            asked.json(ANSWER);
            sent
        },
        gateway.post("/v1/chat/completions", body).send(),
    );
    let expected = body.replace("\"model\": \"m\"", "\"model\": \"vendor/m-2\"");
    assert_eq!(std::str::from_utf8(&sent).unwrap(), expected);
    gateway.settled().await;
}

#[tokio::test]
async fn embeddings_and_rerank_pass_and_are_charged() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url).replace("openai", "siliconflow")).await;
    for (path, body, answer, tokens) in [
        (
            "embeddings",
            "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}",
            "{\"data\":[{\"embedding\":[0.1]}],\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}",
            4,
        ),
        (
            "rerank",
            "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"d\"]}",
            "{\"results\":[{\"index\":0}],\"meta\":{\"tokens\":{\"input_tokens\":6,\"output_tokens\":0}}}",
            6,
        ),
    ] {
        let (sent, got) = tokio::join!(
            async {
                let asked = upstream.next().await;
                let sent = (asked.path.clone(), asked.body.clone());
                asked.json(answer);
                sent
            },
            gateway.post(&format!("/v1/{path}"), body).send(),
        );
        assert_eq!((sent.0, &sent.1[..]), (format!("/{path}"), body.as_bytes()));
        let got = got.unwrap();
        let id = got.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(got.text().await.unwrap(), answer);
        assert_eq!(gateway.record(&id).await["charges"][0]["input_tokens"], tokens, "{path}");
    }
    gateway.settled().await;
}

#[tokio::test]
async fn an_answer_too_long_to_be_held_leaves_while_it_arrives() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::with("hold_kb = 1", &channel("a", &upstream.url)).await;
    let begin = Bytes::from(format!("{{\"choices\":[{{\"message\":{{\"content\":\"{}", "x".repeat(5000)));
    let end = "\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1250,\"total_tokens\":1253}}";
    let body = "{\"model\":\"m\",\"max_tokens\":2000,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    let (frames, answer) = tokio::join!(
        async {
            let frames = upstream.next().await.begin("application/json");
            frames.send(begin.clone());
            frames
        },
        gateway.post("/v1/chat/completions", body).send(),
    );
    let answer = answer.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let mut bytes = answer.bytes_stream();
    let mut read = Vec::new();
    while read.len() < begin.len() {
        read.extend_from_slice(&bytes.next().await.unwrap().unwrap());
    }
    frames.send(end);
    drop(frames);
    while let Some(piece) = bytes.next().await {
        read.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(read, [&begin[..], end.as_bytes()].concat());
    let record = gateway.record(&id).await;
    assert_eq!((&record["outcome"], &record["charges"][0]["output_tokens"]), (&json!("ok"), &json!(1250)), "{record}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_long_answer_that_is_cut_is_cut_for_the_caller_too() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::with("hold_kb = 1", &channel("a", &upstream.url)).await;
    let body = "{\"model\":\"m\",\"max_tokens\":2000,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    let (id, answer) = tokio::join!(
        async {
            let asked = upstream.next().await;
            let id = asked.headers["x-request-id"].to_str().unwrap().to_owned();
            let frames = asked.begin("application/json");
            frames.send(vec![b' '; 3000]);
            frames.cut();
            id
        },
        async { gateway.post("/v1/chat/completions", body).send().await?.bytes().await },
    );
    assert!(answer.is_err(), "half an answer must not look like one");
    let record = gateway.record(&id).await;
    assert_eq!((&record["outcome"], &record["charges"][0]["estimated"]), (&json!("cut"), &json!(true)), "{record}");
    gateway.settled().await;
}
