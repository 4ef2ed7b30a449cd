//! The gateway's own binary over a simulated provider, used through the unmodified openai package of the outside world.
//!
//! The first run installs the package into a virtual environment in the target folder and later ones use it again. Without
//! python3, or without a way to the package, the test says that it skips; in CI it fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fmt::Write as _, process::Command, time::Duration};

use serde_json::{Value, json};
use system_tests::{
    gateway::{Gateway, GatewaySettings, GatewayStage},
    interop_script, python_with, run,
};
use upstream_simulators::{LlmDialect, LlmFault, LlmFaultRule, LlmOptions, LlmRefusal};

const OPENAI: &str = "openai==3.54.0";
const BOUND: Duration = Duration::from_secs(120);
/// What the simulated model says, sixteen tokens.
const ANSWER: &str = "The market closed 上证指数 higher; volume rose 成交额 todayThe market closed 上证";
/// The beginning of it, three tokens: where upstreams break off.
const BEGINNING: &str = "The market closed";
/// How long the upstream of `busy` asks to wait, ms: longer than the package waits by itself.
const BUSY_MS: u32 = 900;

/// A channel and its model, one upstream key each, and further lines of its configuration.
const CHANNELS: [(&str, &str, &str); 14] = [
    ("chat-1", "chat", ""),
    ("embed-1", "embed", ""),
    ("slash-1", "deepseek-ai/DeepSeek-V3", ""),
    ("long-1", "long", ""),
    ("bad-1", "bad", ""),
    ("content-1", "content", ""),
    ("limited-1", "limited", "rpm = 1"),
    ("spent-1", "spent", "budget_cny_per_day = \"0\""),
    ("broken-1", "broken", ""),
    ("flaky-1", "flaky", "priority = 1"),
    ("flaky-2", "flaky", ""),
    ("busy-1", "busy", ""),
    ("unsteady-1", "unsteady", ""),
    ("cut-1", "cut", ""),
];

fn channels(base_url: &str) -> String {
    let mut text = String::new();
    for (name, model, more) in CHANNELS {
        let limits = if more.is_empty() { "rpm = 0" } else { more };
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            "\n[[gateway-proxy.channels]]\nname = \"{name}\"\ndialect = \"dashscope\"\nbase_url = \"{base_url}\"\n\
             key = \"sk-sim-{name}\"\nmodels = [\"{model}\"{}]\ntpm = 0\n{limits}\n",
            if model == "cut" { ", \"fails\"" } else { "" },
        );
    }
    text
}

/// What goes wrong upstream, by model.
fn script(stage: &GatewayStage) {
    let befalls = |model: &str, calls: Option<u32>, fault: LlmFault| {
        let rule = LlmFaultRule { model: Some(model.to_owned()), calls, ..LlmFaultRule::always("", fault) };
        stage.llm.faults().add(rule);
    };
    let internal = || LlmFault::Refuse(LlmRefusal::Internal);
    befalls("bad", None, LlmFault::Refuse(LlmRefusal::BadParameter));
    befalls("content", None, LlmFault::Refuse(LlmRefusal::Content));
    befalls("broken", None, internal());
    befalls("flaky", Some(1), internal());
    befalls("busy", Some(1), LlmFault::Refuse(LlmRefusal::RequestsPerMinute));
    befalls("busy", Some(1), LlmFault::RetryAfterMs(BUSY_MS));
    befalls("unsteady", Some(2), internal());
    befalls("cut", None, LlmFault::CutAfter(3));
    befalls("fails", None, LlmFault::ErrorEvent { after: 3, refusal: LlmRefusal::Internal });
    befalls("long", None, LlmFault::IgnoreMaxTokens(200));
    befalls("long", None, LlmFault::Interval(5));
}

async fn token(gateway: &Gateway, wanted: Value) -> String {
    let (status, answer) = gateway.admin("POST", "/admin/tokens", Some(wanted)).await;
    assert_eq!(status, 201, "{answer}");
    answer["secret"].as_str().unwrap().to_owned()
}

/// How many requests for a model there were, by outcome, newest first.
async fn outcomes(gateway: &Gateway, model: &str) -> Vec<Value> {
    let list = gateway.get(&format!("/admin/requests?model={model}")).await;
    list["requests"].as_array().unwrap().iter().map(|request| request["outcome"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_openai_package_of_the_outside_world_works_with_the_gateway() {
    let Some(python) = python_with(OPENAI).await else { return };
    let llm = LlmOptions { dialect: LlmDialect::DashScope, ..LlmOptions::default() };
    // A request waits for no longer than a second for room: the refusals are what is looked at here.
    let gateway = "max_wait_s = 1".to_owned();
    let stage = GatewayStage::new(GatewaySettings { llm, gateway, ..GatewaySettings::keys(0) }).await;
    stage.configure(|settings| settings.more = channels(&stage.llm.base_url()));
    script(&stage);
    let gateway = stage.gateway().await;
    let caller = token(&gateway, json!({"profile": "python", "scopes": ["llm"]})).await;
    let narrow = token(&gateway, json!({"profile": "python", "scopes": ["llm"], "models": ["chat"]})).await;
    let scopeless = token(&gateway, json!({"profile": "python", "scopes": ["read"]})).await;

    let mut client = Command::new(python);
    client.arg(interop_script("openai_client.py")).args([format!("{}/v1", gateway.url()), caller, narrow, scopeless]);
    let answer = run(client, BOUND).await;
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let told: Value = serde_json::from_str(&answer.stdout).unwrap();

    let models: BTreeSet<&str> = CHANNELS.iter().map(|(_, model, _)| *model).chain(["fails"]).collect();
    assert_eq!((&told["models"], &told["narrow_models"]), (&json!(models), &json!(["chat"])));
    answers(&told);
    refusals(&told);
    trouble(&told);
    books(&stage, &gateway, &told).await;
    gateway.daemon.stop().await;
}

fn answers(told: &Value) {
    assert_eq!(told["model"], "deepseek-ai/DeepSeek-V3");
    let chat = &told["chat"];
    assert_eq!((&chat["content"], &chat["finish_reason"]), (&json!(ANSWER), &json!("stop")), "{told:#}");
    assert_eq!(chat["usage"], json!({"prompt_tokens": 8, "completion_tokens": 16, "total_tokens": 24}));
    assert_eq!((&told["headers"]["channel"], &told["headers"]["attempts"]), (&json!("chat-1"), &json!("1")));
    assert_eq!(told["completion"]["finish_reason"], "length");
    assert_eq!(told["completion"]["text"], "The market closed 上证指数");
    let whole = json!({"content": ANSWER, "chunks": 18, "without_choices": 0, "finish_reason": "stop"});
    assert_eq!(told["stream"], whole, "the chunk with the usage is for those who ask for it");
    let usage = json!({"choices": 0, "prompt_tokens": 8, "completion_tokens": 16, "total_tokens": 24});
    assert_eq!(told["stream_with_usage"], usage);
    assert_eq!(told["stream_helper"]["content"], ANSWER);
    assert_eq!(told["concurrent_streams"], json!(vec![ANSWER; 8]));
    assert_eq!(told["closed_stream"], json!({"seen": "assistant", "after": ANSWER}));
    let asked = json!(["daily_bars", {"code": "600519.SH", "days": 5}]);
    let tools = json!({"asked": [asked], "finish_reason": "tool_calls", "then": ["stop", null, true]});
    assert_eq!(told["tools"], tools);
    assert_eq!(told["streamed_tools"], json!({"asked": asked, "pieces": 16, "finish_reason": "tool_calls"}));
    let embeddings = &told["embeddings"];
    for encoding in ["float", "base64"] {
        assert_eq!(embeddings[encoding], json!([[0, 16], [1, 16]]), "{embeddings}");
    }
    assert_eq!(embeddings["first_float"], embeddings["first_base64"], "the same numbers either way");
}

fn refusals(told: &Value) {
    let is = |step: &str, class: &str, status: u16, code: Value| {
        let said = &told[step];
        assert_eq!(said["error"], class, "{step}: {said}");
        assert_eq!((&said["status"], &said["code"]), (&json!(status), &code), "{step}: {said}");
    };
    is("wrong_token", "AuthenticationError", 401, json!("invalid_api_key"));
    is("no_scope", "PermissionDeniedError", 403, json!("insufficient_scope"));
    is("forbidden_model", "PermissionDeniedError", 403, json!("model_not_allowed"));
    is("unknown_model", "NotFoundError", 404, json!("model_not_found"));
    assert!(told["unknown_model"]["message"].as_str().unwrap().contains("`chat`"), "{}", told["unknown_model"]);
    is("unknown_route", "NotFoundError", 404, json!("unknown_url"));
    is("wrong_field", "BadRequestError", 400, Value::Null);
    assert_eq!(told["wrong_field"]["param"], "max_tokens");
    is("bad_request", "BadRequestError", 400, json!("invalid_parameter_error"));
    is("content_refused", "BadRequestError", 400, json!("data_inspection_failed"));
    is("broken", "InternalServerError", 502, json!("upstream_failed"));

    is("limited", "RateLimitError", 429, json!("rate_limit_exceeded"));
    let limited = &told["limited"];
    let number = |name: &str| -> u64 { limited[name].as_str().unwrap().parse().unwrap() };
    let ms = number("retry-after-ms");
    assert!((1_000..=60_000).contains(&ms), "{limited}");
    assert_eq!(number("retry-after"), ms.div_ceil(1000), "{limited}");
    assert_eq!(limited["x-should-retry"], Value::Null, "asking again later helps");

    is("spent", "RateLimitError", 429, json!("insufficient_quota"));
    assert_eq!(told["spent"]["x-should-retry"], "false", "asking again today does not");
}

/// What the caller does not notice, what the package gets over by itself, and what it must be told.
fn trouble(told: &Value) {
    let flaky = &told["falls_back"];
    assert_eq!((&flaky["content"], &flaky["retries"]), (&json!(ANSWER), &json!(0)), "{flaky}");
    assert_eq!((&flaky["channel"], &flaky["attempts"]), (&json!("flaky-2"), &json!("2")));
    let busy = &told["waits_as_told"];
    assert_eq!((&busy["content"], &busy["retries"]), (&json!(ANSWER), &json!(1)), "{busy}");
    assert!(busy["seconds"].as_f64().unwrap() >= f64::from(BUSY_MS) / 1000.0 - 0.05, "it waits as it was told: {busy}");
    let unsteady = &told["fails_twice_then_answers"];
    assert_eq!((&unsteady["content"], &unsteady["retries"]), (&json!(ANSWER), &json!(2)), "{unsteady}");
    for step in ["cut_stream", "error_in_stream"] {
        let said = &told[step];
        assert_eq!((&said["error"], &said["seen"]), (&json!("APIError"), &json!(BEGINNING)), "{step}: {said}");
        assert!(!said["message"].as_str().unwrap().is_empty(), "{step}: {said}");
    }
}

/// The same from the gateway's side: how often it was really asked, and that nothing is forgotten.
async fn books(stage: &GatewayStage, gateway: &Gateway, told: &Value) {
    gateway.is_idle().await;
    assert_eq!(outcomes(gateway, "spent").await, ["budget_spent"], "a spent budget is asked for once");
    assert_eq!(outcomes(gateway, "busy").await, ["ok", "rate_limited"]);
    assert_eq!(outcomes(gateway, "unsteady").await, ["ok", "upstream_failed", "upstream_failed"]);
    assert_eq!(outcomes(gateway, "flaky").await, ["ok"]);
    assert_eq!(outcomes(gateway, "cut").await, ["cut"]);
    assert_eq!(outcomes(gateway, "long").await, ["client_gone"]);
    assert_eq!(outcomes(gateway, "bad").await, ["caller_fault"], "a wrong request is not repeated");
    let id = told["chat"]["request_id"].as_str().unwrap();
    let request = gateway.get(&format!("/admin/requests/{id}")).await;
    assert_eq!((&request["model"], &request["outcome"]), (&json!("chat"), &json!("ok")), "{request}");
    let refused = told["spent"]["request_id"].as_str().unwrap();
    assert_eq!(gateway.get(&format!("/admin/requests/{refused}")).await["status"], 429);
    stage.provider_is_idle().await;
}
