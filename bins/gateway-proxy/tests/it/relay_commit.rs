//! After the first byte there is no way back: an honest error event, and never a `[DONE]` that nobody sent.

use serde_json::{Value, json};

use crate::support::{Frames, Gateway, Scripted, channel, events};

const ASK: &str =
    "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
const FIRST: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"one two three\"}}]}\n\n";
const FINISH: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// What a caller reads of a stream that begins well, and its record.
async fn stream(settings: &str, end: impl FnOnce(Frames)) -> (String, Value) {
    let (mut upstream, mut other) = (Scripted::start().await, Scripted::start().await);
    let first = channel("a", &upstream.url).replace("priority = 0", "priority = 1");
    let gateway = Gateway::with(settings, &format!("{first}{}", channel("b", &other.url))).await;
    let (frames, answer) = tokio::join!(
        async {
            let frames = upstream.next().await.stream();
            frames.send(FIRST);
            frames
        },
        gateway.post("/v1/chat/completions", ASK).send(),
    );
    let answer = answer.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    end(frames);
    let text = answer.text().await.unwrap();
    let record = gateway.record(&id).await;
    gateway.settled().await;
    assert!(other.is_idle(), "nobody else is asked once content is out");
    (text, record)
}

fn last_error(text: &str) -> Value {
    assert!(!text.contains("[DONE]"), "{text}");
    let last = events(text).pop().unwrap();
    serde_json::from_str::<Value>(&last).unwrap()["error"].clone()
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_with_an_error_event() {
    for end in [|frames: Frames| frames.cut(), |frames: Frames| drop(frames)] {
        let (text, record) = stream("", end).await;
        assert!(text.starts_with(FIRST), "{text}");
        assert_eq!(last_error(&text)["code"], "cut", "{text}");
        assert_eq!((&record["outcome"], &record["status"]), (&json!("cut"), &json!(200)), "{record}");
        let charge = &record["charges"][0];
        assert_eq!(charge["estimated"], true);
        assert!(charge["output_tokens"].as_u64().unwrap() >= 3, "what was relayed is charged: {record}");
    }
}

#[tokio::test]
async fn an_error_event_is_passed_on_in_openais_form_and_ends_the_stream() {
    for said in [
        "data: {\"error\":{\"message\":\"the model broke\",\"type\":\"server_error\"}}\n\n",
        "data: {\"code\":50505,\"message\":\"the model broke\",\"data\":null}\n\n",
    ] {
        let (text, record) = stream("", |frames| frames.send(format!("{said}{FINISH}{DONE}"))).await;
        let error = last_error(&text);
        assert!(error["message"].as_str().unwrap().contains("the model broke"), "{text}");
        assert!(!text.contains("finish_reason"), "nothing follows an error: {text}");
        assert_eq!(record["outcome"], "cut", "{record}");
    }
}

#[tokio::test]
async fn an_error_in_the_same_chunk_as_the_content_is_told_too() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let (_, answer) = tokio::join!(
        async {
            let error = "data: {\"error\":{\"message\":\"late\"}}\n\n";
            upstream.next().await.stream().send(format!("{FIRST}{error}{DONE}"));
        },
        gateway.post("/v1/chat/completions", ASK).send(),
    );
    let text = answer.unwrap().text().await.unwrap();
    assert!(text.starts_with(FIRST) && last_error(&text)["message"].as_str().unwrap().contains("late"), "{text}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_stream_that_stands_still_ends_with_an_error_event() {
    let (text, record) = stream("idle_timeout_s = 1", |frames| {
        tokio::spawn(async move { frames.hung_up().await });
    })
    .await;
    assert_eq!(last_error(&text)["code"], "idle", "{text}");
    assert_eq!(record["decision"][0]["outcome"], "stalled", "{record}");
}

#[tokio::test]
async fn a_finished_answer_without_done_stays_without() {
    let (text, record) = stream("", |frames| frames.send(FINISH)).await;
    assert_eq!(text, format!("{FIRST}{FINISH}"));
    assert_eq!(record["outcome"], "ok", "{record}");
}

#[tokio::test]
async fn a_connection_that_stays_open_after_done_holds_nobody_up() {
    let (text, record) = stream("", |frames| {
        frames.send(format!("{FINISH}{DONE}"));
        tokio::spawn(async move { frames.hung_up().await });
    })
    .await;
    assert_eq!(text, format!("{FIRST}{FINISH}{DONE}"));
    assert_eq!(record["outcome"], "ok", "{record}");
}

#[tokio::test]
async fn an_event_that_never_ends_is_given_up() {
    let (text, record) = stream("", |frames| {
        tokio::spawn(async move {
            frames.send("data: ");
            while frames.is_open() {
                frames.send(vec![b'x'; 1 << 20]);
                tokio::task::yield_now().await;
            }
        });
    })
    .await;
    assert!(text.len() < 1 << 20, "nothing of it reaches the caller");
    assert_eq!(last_error(&text)["code"], "cut");
    assert_eq!(record["outcome"], "cut", "{record}");
}
