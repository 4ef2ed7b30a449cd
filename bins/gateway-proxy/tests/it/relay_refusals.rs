//! What the gateway refuses itself, and in which words.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Gateway, Scripted, channel};

const ASK: &str = "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
const ANSWER: &str = "{\"choices\":[{\"message\":{\"content\":\"ok\"}}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5,\"total_tokens\":12}}";

async fn error(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert!(answer.headers().contains_key("x-request-id"));
    let body: Value = answer.json().await.unwrap();
    let error = body["error"].clone();
    for member in ["message", "type", "param", "code"] {
        assert!(error.get(member).is_some(), "{body} lacks {member}");
    }
    (status, error)
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_for_models() {
    let upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let url = format!("{}/v1/chat/completions", gateway.base);
    for token in [None, Some("tw-wrong"), Some("")] {
        let request = gateway.client.post(&url).header("content-type", "application/json").body(ASK);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await.unwrap();
        assert!(answer.headers().contains_key("www-authenticate"));
        let (status, error) = error(answer).await;
        assert_eq!((status.as_u16(), &error["code"]), (401, &json!("invalid_api_key")), "{token:?}");
    }
    let searcher = gateway.register(json!({"profile": "p", "scopes": ["search"]})).await;
    let answer = gateway.client.post(&url).bearer_auth(searcher).body(ASK).send().await.unwrap();
    assert_eq!(error(answer).await.0, StatusCode::FORBIDDEN);
    let narrow = gateway.register(json!({"profile": "p", "scopes": ["llm"], "models": ["qwen-*"]})).await;
    let answer = gateway.client.post(&url).bearer_auth(&narrow).body(ASK).send().await.unwrap();
    let (status, refused) = error(answer).await;
    assert_eq!(
        (status.as_u16(), &refused["code"], &refused["param"]),
        (403, &json!("model_not_allowed"), &json!("model"))
    );
    gateway.settled().await;
}

#[tokio::test]
async fn what_is_no_request_is_told_what_it_lacks() {
    let upstream = Scripted::start().await;
    let gateway = Gateway::with("max_body_mb = 1", &channel("a", &upstream.url)).await;
    let long = format!("{{\"model\":\"m\",\"messages\":[\"{}\"]}}", "x".repeat(1 << 20));
    for (body, status, about) in [
        ("", 400, "body"),
        ("{", 400, "body"),
        ("[]", 400, "body"),
        ("{\"messages\":[]}", 400, "model"),
        ("{\"model\":7,\"messages\":[]}", 400, "model"),
        ("{\"model\":\"m\",\"stream\":\"yes\",\"messages\":[]}", 400, "stream"),
        ("{\"model\":\"m\",\"model\":\"n\",\"messages\":[]}", 400, "model"),
        ("{\"model\":\"m\",\"max_tokens\":-1,\"messages\":[]}", 400, "max_tokens"),
        (long.as_str(), 413, "1048576 bytes"),
    ] {
        let (got, error) = error(gateway.post("/v1/chat/completions", body.to_owned()).send().await.unwrap()).await;
        let shown = &body[..body.len().min(80)];
        assert_eq!(got.as_u16(), status, "{shown}: {error}");
        assert!(error["message"].as_str().unwrap().contains(about), "{shown}: {error}");
        assert_eq!(error["type"], "invalid_request_error", "{shown}");
    }
    let form = gateway.post("/v1/chat/completions", ASK).header("content-type", "text/plain").send().await.unwrap();
    assert_eq!(error(form).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    gateway.settled().await;
}

#[tokio::test]
async fn an_unknown_model_is_told_of_one_with_a_similar_name() {
    let upstream = Scripted::start().await;
    let named = channel("a", &upstream.url).replace("\"m\"", "\"qwen-plus\"");
    let gateway = Gateway::over(&named).await;
    let answer = gateway.post("/v1/chat/completions", ASK.replace("\"m\"", "\"qwen-pluss\"")).send().await.unwrap();
    let (status, error) = error(answer).await;
    assert_eq!((status.as_u16(), &error["code"], &error["param"]), (404, &json!("model_not_found"), &json!("model")));
    assert!(error["message"].as_str().unwrap().contains("`qwen-plus`"), "{error}");
}

#[tokio::test]
async fn a_full_limit_is_named_with_its_true_wait() {
    let mut upstream = Scripted::start().await;
    let one_a_minute = channel("a", &upstream.url).replace("rpm = 0", "rpm = 1");
    let gateway = Gateway::with("max_wait_s = 1", &one_a_minute).await;
    let (_, first) =
        tokio::join!(async { upstream.next().await.json(ANSWER) }, gateway.post("/v1/chat/completions", ASK).send());
    assert_eq!(first.unwrap().status(), 200);
    let answer = gateway.post("/v1/chat/completions", ASK).send().await.unwrap();
    let millis: u64 = header(&answer, "retry-after-ms").unwrap().parse().unwrap();
    let seconds: u64 = header(&answer, "retry-after").unwrap().parse().unwrap();
    assert!((50_000..=60_001).contains(&millis) && seconds == millis.div_ceil(1000), "{millis} {seconds}");
    assert_eq!(header(&answer, "x-should-retry"), None);
    let (status, error) = error(answer).await;
    assert_eq!((status.as_u16(), &error["code"]), (429, &json!("rate_limit_exceeded")));
    assert!(error["message"].as_str().unwrap().contains("1 requests per minute of channel a"), "{error}");
    gateway.settled().await;
}

#[tokio::test]
async fn a_request_waits_for_its_turn_and_gets_it() {
    let mut upstream = Scripted::start().await;
    let narrow = channel("a", &upstream.url).replace("max_in_flight = 0", "max_in_flight = 1");
    let gateway = Gateway::over(&narrow).await;
    let first = tokio::spawn(gateway.post("/v1/chat/completions", ASK).send());
    let asked = upstream.next().await;
    let second = tokio::spawn(gateway.post("/v1/chat/completions", ASK).send());
    gateway.waiting(1).await;
    asked.json(ANSWER);
    upstream.next().await.json(ANSWER);
    for answer in [first, second] {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    gateway.settled().await;
}

#[tokio::test]
async fn a_budget_of_nothing_is_no_reason_to_ask_again() {
    let upstream = Scripted::start().await;
    let poor = channel("a", &upstream.url).replace("budget_cny_per_day = \"500\"", "budget_cny_per_day = \"0\"");
    let gateway = Gateway::over(&poor).await;
    let answer = gateway.post("/v1/chat/completions", ASK).send().await.unwrap();
    assert_eq!(header(&answer, "x-should-retry"), Some("false"));
    let (status, error) = error(answer).await;
    assert_eq!(
        (status.as_u16(), &error["type"], &error["code"]),
        (429, &json!("insufficient_quota"), &json!("insufficient_quota"))
    );
    gateway.settled().await;
}

#[tokio::test]
async fn a_request_that_can_never_fit_is_told_so() {
    let upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url).replace("tpm = 0", "tpm = 100")).await;
    let large = ASK.replace("\"max_tokens\":9", "\"max_tokens\":90000");
    let answer = gateway.post("/v1/chat/completions", large).send().await.unwrap();
    let (status, error) = error(answer).await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!("request_too_large")));
    assert!(error["message"].as_str().unwrap().contains("100 tokens per minute"), "{error}");
}

#[tokio::test]
async fn a_pool_at_rest_says_why_and_for_how_long() {
    let mut upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let (_, first) = tokio::join!(
        async { upstream.next().await.answer(401, "application/json", "{\"error\":{\"code\":\"invalid_api_key\"}}") },
        gateway.post("/v1/chat/completions", ASK).send(),
    );
    assert_eq!(first.unwrap().status(), 502);
    let answer = gateway.post("/v1/chat/completions", ASK).send().await.unwrap();
    let wait = Duration::from_millis(header(&answer, "retry-after-ms").unwrap().parse().unwrap());
    assert!(wait > Duration::from_secs(1000) && wait <= Duration::from_secs(1800), "{wait:?}");
    let (status, error) = error(answer).await;
    assert_eq!((status.as_u16(), &error["code"]), (503, &json!("no_channel_available")));
    assert!(error["message"].as_str().unwrap().contains("a rests (key_dead)"), "{error}");
    gateway.settled().await;
}

#[tokio::test]
async fn models_are_those_that_the_token_may_use() {
    let upstream = Scripted::start().await;
    let three = channel("a", &upstream.url).replace("[\"m\"]", "[\"m\", \"qwen-plus\", \"vendor/m-2\"]");
    let gateway = Gateway::over(&three).await;
    let listed = |token: String| {
        let request = gateway.client.get(format!("{}/v1/models", gateway.base)).bearer_auth(token);
        async move {
            let body: Value = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(body["object"], "list");
            let ids = body["data"].as_array().unwrap().iter();
            ids.map(|model| model["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(listed(gateway.token.clone()).await, ["m", "qwen-plus", "vendor/m-2"]);
    let narrow = gateway.register(json!({"profile": "p", "scopes": ["llm"], "models": ["vendor/*"]})).await;
    assert_eq!(listed(narrow.clone()).await, ["vendor/m-2"]);
    for (model, status) in [("vendor/m-2", 200), ("m", 404)] {
        let url = format!("{}/v1/models/{model}", gateway.base);
        assert_eq!(gateway.client.get(url).bearer_auth(&narrow).send().await.unwrap().status(), status, "{model}");
    }
    let nobody = gateway.client.get(format!("{}/v1/models", gateway.base)).send().await.unwrap();
    assert_eq!(error(nobody).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_not_served_is_refused_in_the_form_that_openais_clients_read() {
    let upstream = Scripted::start().await;
    let gateway = Gateway::over(&channel("a", &upstream.url)).await;
    let token = gateway.register(json!({"profile": "p", "scopes": ["llm"]})).await;
    let ask = |method: reqwest::Method, path: &str| {
        gateway.client.request(method, format!("{}{path}", gateway.base)).bearer_auth(&token).send()
    };
    let answer = ask(reqwest::Method::POST, "/v1/responses").await.unwrap();
    let (status, refused) = error(answer).await;
    assert_eq!((status.as_u16(), &refused["code"]), (404, &json!("unknown_url")));
    assert!(refused["message"].as_str().unwrap().contains("POST /v1/responses"), "{refused}");
    let answer = ask(reqwest::Method::GET, "/v1/chat/completions").await.unwrap();
    assert_eq!(header(&answer, "allow"), Some("POST"));
    let (status, refused) = error(answer).await;
    assert_eq!((status.as_u16(), &refused["code"]), (405, &json!("method_not_allowed")));
    gateway.settled().await;
}
