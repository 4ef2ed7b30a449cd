//! What fails before the first byte is out is somebody else's turn, and the caller sees nothing of it.

use serde_json::{Value, json};

use crate::support::{Asked, Gateway, Scripted, channel};

const ANSWER: &str = "{\"choices\":[{\"message\":{\"content\":\"ok\"}}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5,\"total_tokens\":12}}";
const ROLE: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const STREAM: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const ASK: &str = "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
const ASK_STREAM: &str =
    "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

/// Two channels, of which `a` is always asked first.
async fn pair() -> (Scripted, Scripted, Gateway) {
    let (a, b) = (Scripted::start().await, Scripted::start().await);
    let first = channel("a", &a.url).replace("priority = 0", "priority = 1");
    let gateway = Gateway::over(&format!("{first}{}", channel("b", &b.url))).await;
    (a, b, gateway)
}

/// `a` fails as told, `b` answers. What the caller got, and its record.
async fn failing(body: &'static str, fail: impl FnOnce(Asked), good: &'static str) -> (reqwest::Response, Value) {
    let (mut a, mut b, gateway) = pair().await;
    let (_, answer) = tokio::join!(
        async {
            fail(a.next().await);
            let asked = b.next().await;
            let kind = if body == ASK_STREAM { "text/event-stream" } else { "application/json" };
            asked.answer(200, kind, good);
        },
        gateway.post("/v1/chat/completions", body).send(),
    );
    let answer = answer.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let record = gateway.record(&id).await;
    gateway.settled().await;
    assert!(a.is_idle() && b.is_idle(), "nobody is asked twice");
    (answer, record)
}

type Fail = fn(Asked);

#[tokio::test]
async fn whatever_is_no_answer_falls_back_unseen() {
    let cases: [(&str, Fail, &str, bool); 14] = [
        (
            "429",
            |asked| asked.answer(429, "application/json", r#"{"error":{"message":"rpm","code":"limit_requests"}}"#),
            "wait",
            false,
        ),
        ("500", |asked| asked.answer(500, "application/json", "{}"), "broken", false),
        ("502 page", |asked| asked.answer(502, "text/html", "<html>Bad gateway</html>"), "broken", false),
        ("503", |asked| asked.answer(503, "application/json", "{}"), "", false),
        (
            "401",
            |asked| asked.answer(401, "application/json", r#"{"error":{"code":"invalid_api_key"}}"#),
            "key_dead",
            false,
        ),
        ("redirect", |asked| asked.answer(302, "text/plain", ""), "", false),
        ("page under 200", |asked| asked.answer(200, "text/html", "<html>Sign in</html>"), "nonsense", true),
        ("rubbish under 200", |asked| asked.json("%%%"), "nonsense", true),
        ("half of a document", |asked| asked.json(&ANSWER[..40]), "nonsense", true),
        ("nothing under 200", |asked| asked.json(""), "nonsense", true),
        (
            "error under 200",
            |asked| asked.json(r#"{"error":{"message":"overloaded","type":"server_error"}}"#),
            "",
            false,
        ),
        (
            "cut",
            |asked| {
                let frames = asked.begin("application/json");
                frames.send(&ANSWER[..40]);
                frames.cut();
            },
            "cut",
            true,
        ),
        ("cut at once", |asked| asked.begin("application/json").cut(), "", true),
        ("a stream that nobody asked for", |asked| asked.stream().send(STREAM), "nonsense", true),
    ];
    for (name, fail, end, charged) in cases {
        let (answer, record) = failing(ASK, fail, ANSWER).await;
        assert_eq!(answer.status(), 200, "{name}: {record}");
        let headers = answer.headers().clone();
        assert_eq!(
            (&headers["x-twilight-channel"], &headers["x-twilight-attempts"]),
            (&"b".parse().unwrap(), &"2".parse().unwrap()),
            "{name}"
        );
        assert_eq!(answer.text().await.unwrap(), ANSWER, "{name}");
        check(name, &record, end, charged);
    }
}

#[tokio::test]
async fn a_stream_without_content_falls_back_unseen() {
    let cases: [(&str, Fail, &str, bool); 10] = [
        ("429", |asked| asked.answer(429, "application/json", "{}"), "", false),
        (
            "error first",
            |asked| asked.stream().send("data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n"),
            "",
            false,
        ),
        (
            "error after the role",
            |asked| asked.stream().send(format!("{ROLE}data: {{\"error\":{{\"message\":\"x\"}}}}\n\n")),
            "",
            false,
        ),
        (
            "cut after the role",
            |asked| {
                let frames = asked.stream();
                frames.send(ROLE);
                frames.cut();
            },
            "cut",
            true,
        ),
        ("end after the role", |asked| asked.stream().send(ROLE), "cut", true),
        ("end after a comment", |asked| asked.stream().send(": wait\n\n"), "cut", true),
        ("end at once", |asked| drop(asked.stream()), "cut", true),
        ("a document", |asked| asked.json(ANSWER), "nonsense", true),
        ("a page", |asked| asked.answer(200, "text/html", "<html>"), "nonsense", true),
        ("an error as a document", |asked| asked.json(r#"{"error":{"message":"x","type":"server_error"}}"#), "", false),
    ];
    for (name, fail, end, charged) in cases {
        let (answer, record) = failing(ASK_STREAM, fail, STREAM).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["x-twilight-channel"]),
            (200, &"b".parse().unwrap()),
            "{name}"
        );
        assert_eq!(answer.text().await.unwrap(), STREAM, "{name}");
        check(name, &record, end, charged);
    }
}

fn check(name: &str, record: &Value, end: &str, charged: bool) {
    assert_eq!((&record["outcome"], &record["status"]), (&json!("ok"), &json!(200)), "{name}: {record}");
    let first = &record["decision"][0];
    assert_eq!(first["channel"], "a", "{name}: {record}");
    assert!(first["outcome"].as_str().unwrap().starts_with(end), "{name}: {record}");
    assert_eq!(
        (&record["decision"][1]["channel"], &record["decision"][1]["outcome"]),
        (&json!("b"), &json!("ok")),
        "{name}"
    );
    let charges = record["charges"].as_array().unwrap();
    let of_first: Vec<_> = charges.iter().filter(|charge| charge["channel"] == "a").collect();
    assert_eq!(of_first.len(), usize::from(charged), "{name}: what may have been billed is charged: {record}");
    assert!(of_first.iter().all(|charge| charge["estimated"] == (name != "a document")), "{name}: {record}");
}

#[tokio::test]
async fn a_channel_that_is_not_there_costs_nothing() {
    let mut b = Scripted::start().await;
    let gone = Scripted::start().await.url.clone();
    let first = channel("a", &gone).replace("priority = 0", "priority = 1");
    let gateway = Gateway::over(&format!("{first}{}", channel("b", &b.url))).await;
    let (_, answer) =
        tokio::join!(async { b.next().await.json(ANSWER) }, gateway.post("/v1/chat/completions", ASK).send());
    let answer = answer.unwrap();
    let record = gateway.record(answer.headers()["x-request-id"].to_str().unwrap()).await;
    assert_eq!(record["decision"][0]["outcome"], "no_answer", "{record}");
    assert_eq!(record["charges"].as_array().unwrap().len(), 1, "{record}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_fault_of_the_caller_is_told_and_not_tried_elsewhere() {
    let (mut a, mut b, gateway) = pair().await;
    let said = r#"{"error":{"message":"temperature is too hot","type":"invalid_request_error","param":"temperature","code":"hot"}}"#;
    let (_, answer) = tokio::join!(
        async { a.next().await.answer(422, "application/json", said) },
        gateway.post("/v1/chat/completions", ASK).send(),
    );
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 422);
    assert_eq!(answer.json::<Value>().await.unwrap(), serde_json::from_str::<Value>(said).unwrap());
    assert!(b.is_idle());
    gateway.settled().await;
}

#[tokio::test]
async fn when_all_fail_the_caller_is_told_by_whom_and_why() {
    let (mut a, mut b, gateway) = pair().await;
    let (_, answer) = tokio::join!(
        async {
            a.next().await.answer(500, "text/plain", "boom of a");
            b.next().await.answer(500, "text/plain", "boom of b");
        },
        gateway.post("/v1/chat/completions", ASK).send(),
    );
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 502);
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let error = answer.json::<Value>().await.unwrap()["error"].clone();
    assert_eq!((&error["code"], &error["type"]), (&json!("upstream_failed"), &json!("server_error")));
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("a: ") && message.contains("boom of b"), "{message}");
    let record = gateway.record(&id).await;
    assert_eq!(
        (&record["outcome"], &record["status"], &record["charges"]),
        (&json!("upstream_failed"), &json!(502), &json!([]))
    );
    gateway.settled().await;
}

#[tokio::test]
async fn when_all_are_at_a_limit_the_caller_gets_a_429_with_a_wait() {
    let (mut a, mut b, gateway) = pair().await;
    let limit = r#"{"error":{"message":"You exceeded your current requests list.","code":"limit_requests"}}"#;
    let (_, answer) = tokio::join!(
        async {
            a.next().await.answer(429, "application/json", limit);
            b.next().await.answer(429, "application/json", limit);
        },
        gateway.post("/v1/chat/completions", ASK).send(),
    );
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after-ms") && answer.headers().contains_key("retry-after"));
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], "rate_limit_exceeded");
    gateway.settled().await;
}

/// Answers one request, with words of its own.
type Echo<'a> = Box<dyn FnOnce(Asked) + 'a>;

#[tokio::test]
async fn an_upstreams_key_is_never_told_even_where_the_upstream_tells_it() {
    const KEY: &str = "sk-upstream-a";
    let echo = format!(
        r#"{{"error":{{"message":"no such parameter, {KEY}","type":"invalid_request_error","code":"{KEY}"}}}}"#
    );
    let content = "data: {\"choices\":[{\"delta\":{\"content\":\"ok\"}}]}\n\n";
    let cases: [(&str, Echo<'_>); 3] = [
        (ASK, Box::new(|asked: Asked| asked.answer(400, "application/json", echo.clone()))),
        (ASK, Box::new(|asked: Asked| asked.json(echo.clone()))),
        (ASK_STREAM, Box::new(|asked: Asked| asked.stream().send(format!("{content}data: {echo}\n\n")))),
    ];
    for (body, fail) in cases {
        let mut upstream = Scripted::start().await;
        let gateway = Gateway::over(&channel("a", &upstream.url)).await;
        let (_, answer) =
            tokio::join!(async { fail(upstream.next().await) }, gateway.post("/v1/chat/completions", body).send());
        let text = answer.unwrap().text().await.unwrap();
        assert!(text.contains("no such parameter") && !text.contains(KEY), "{text}");
        gateway.settled().await;
    }
}

/// What one endpoint does not know of a model says nothing about the others: whoever asks at the wrong place takes the model
/// from nobody, also before anybody else has asked.
#[tokio::test]
async fn a_model_that_one_endpoint_does_not_know_stays_in_service_at_the_others() {
    let refusals = [
        (404, r#"{"error":{"message":"The model `m` does not exist","code":"model_not_found"}}"#),
        (403, r#"{"error":{"message":"Not for you","code":"access_denied"}}"#),
        (404, r#"404 page not found"#),
    ];
    for (status, refusal) in refusals {
        let mut upstream = Scripted::start().await;
        let gateway = Gateway::over(&channel("a", &upstream.url)).await;
        let embed = "{\"model\":\"m\",\"input\":\"hi\"}";
        let (_, answer) = tokio::join!(
            async { upstream.next().await.answer(status, "application/json", refusal) },
            gateway.post("/v1/embeddings", embed).send(),
        );
        let refused = answer.unwrap();
        assert!(!refused.status().is_success(), "{refusal}");
        for _ in 0..2 {
            let (_, answer) = tokio::join!(
                async { upstream.next().await.json(ANSWER) },
                gateway.post("/v1/chat/completions", ASK).send(),
            );
            assert_eq!(answer.unwrap().status(), 200, "{refusal}");
        }
        // What was said is remembered: the upstream is not bothered again, and the caller hears the same.
        let again = gateway.post("/v1/embeddings", embed).send().await.unwrap();
        assert!(upstream.is_idle(), "{refusal}");
        assert_eq!(again.status(), refused.status(), "{refusal}");
        let told = gateway.status().await["channels"][0].take();
        assert_eq!((&told["lacks"][0]["endpoint"], &told["lacks"][0]["model"]), (&json!("embeddings"), &json!("m")));
        assert_eq!((&told["state"], &told["rests"]), (&json!("healthy"), &json!([])), "{refusal}");
        gateway.settled().await;
    }
}

/// A dialect without an endpoint is no reason to leave its channels alone.
#[tokio::test]
async fn an_endpoint_that_the_dialect_lacks_is_refused_and_changes_nothing() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let rerank = "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"a\"]}";
    for _ in 0..2 {
        let answer = gateway.post("/v1/rerank", rerank).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        let told: Value = answer.json().await.unwrap();
        assert!(told["error"]["message"].as_str().unwrap().contains("a: the upstream has no rerank"), "{told}");
    }
    let (_, answer) =
        tokio::join!(async { upstream.next().await.json(ANSWER) }, gateway.post("/v1/chat/completions", ASK).send(),);
    assert_eq!(answer.unwrap().status(), 200);
    gateway.settled().await;
}

/// A model that is gone where it used to be is left alone by everybody.
#[tokio::test]
async fn a_model_that_goes_missing_where_it_was_served_rests() {
    let (mut a, mut b, gateway) = pair().await;
    let ask = || gateway.post("/v1/chat/completions", ASK).send();
    let (_, answer) = tokio::join!(async { a.next().await.json(ANSWER) }, ask());
    assert_eq!(answer.unwrap().status(), 200);
    let missing = r#"{"error":{"message":"The model `m` does not exist","code":"model_not_found"}}"#;
    let fall_back = async {
        a.next().await.answer(404, "application/json", missing);
        b.next().await.json(ANSWER);
    };
    assert_eq!(tokio::join!(fall_back, ask()).1.unwrap().status(), 200);
    for _ in 0..3 {
        assert_eq!(tokio::join!(async { b.next().await.json(ANSWER) }, ask()).1.unwrap().status(), 200);
    }
    assert!(a.is_idle());
    gateway.settled().await;
}
