//! Every dialect says no in its own words.

use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmRefusal};

use crate::harness::Sim;

async fn refused(dialect: LlmDialect, refusal: LlmRefusal) -> (u16, Value) {
    let sim = Sim::with(LlmOptions::with_keys(dialect, 1)).await;
    sim.server.faults().next(1, "key-1", LlmFault::Refuse(refusal));
    let answer = sim.chat("key-1", json!({})).await;
    let book = sim.server.book("key-1");
    assert_eq!((book.billed_nano, book.refused[refusal.name()]), (0, 1), "{dialect:?} {refusal:?}");
    answer
}

#[tokio::test]
async fn siliconflow_has_no_error_object() {
    let say = async |refusal| refused(LlmDialect::SiliconFlow, refusal).await;
    assert_eq!(say(LlmRefusal::InvalidKey).await, (401, json!("Invalid token")));
    let tokens =
        json!({"message": "Request was rejected due to rate limiting. Details: TPM limit reached.", "data": null});
    assert_eq!(say(LlmRefusal::TokensPerMinute).await, (429, tokens));
    let missing = json!({"code": 20012, "message": "Model does not exist. Please check it carefully.", "data": null});
    assert_eq!(say(LlmRefusal::ModelMissing).await, (400, missing));
    let busy = json!({"code": 50505, "message": "Model service overloaded. Please try again later.", "data": null});
    assert_eq!(say(LlmRefusal::Overloaded).await, (503, busy));
    assert_eq!(say(LlmRefusal::WrongPath).await, (404, json!("404 page not found")));
}

#[tokio::test]
async fn dashscope_says_arrears_with_400_and_a_minutes_tokens_as_a_quota() {
    let say = async |refusal| {
        let (status, body) = refused(LlmDialect::DashScope, refusal).await;
        assert!(body["request_id"].is_string(), "{body}");
        (status, body["error"]["code"].as_str().unwrap_or_default().to_owned(), body["error"]["message"].to_string())
    };
    let (status, code, message) = say(LlmRefusal::Arrears).await;
    assert_eq!((status, code.as_str()), (400, "Arrearage"));
    assert!(message.contains("good standing"), "{message}");
    let (status, code, message) = say(LlmRefusal::TokensPerMinute).await;
    assert_eq!((status, code.as_str()), (429, "insufficient_quota"));
    assert!(message.contains("You exceeded your current quota"), "{message}");
    assert_eq!(say(LlmRefusal::Content).await.1, "data_inspection_failed");
    assert_eq!(say(LlmRefusal::Overdue).await.1, "PrepaidBillOverdue");
}

#[tokio::test]
async fn openai_and_new_api_have_an_error_object_of_four_members() {
    for dialect in [LlmDialect::OpenAi, LlmDialect::NewApi] {
        for refusal in LlmRefusal::ALL {
            let (status, body) = refused(dialect, refusal).await;
            assert!(status >= 400, "{dialect:?} {refusal:?}");
            if refusal == LlmRefusal::Timeout && dialect == LlmDialect::OpenAi {
                assert_eq!(body, "upstream request timeout", "a proxy's own words");
                continue;
            }
            let members: Vec<_> = body["error"].as_object().expect("an error").keys().cloned().collect();
            assert_eq!(members, ["code", "message", "param", "type"], "{dialect:?} {refusal:?}");
        }
    }
}

#[tokio::test]
async fn waits_are_told_in_headers_if_they_are_asked_for() {
    let sim = Sim::start().await;
    for fault in
        [LlmFault::RetryAfter(7), LlmFault::RetryAfterMs(6500), LlmFault::Refuse(LlmRefusal::RequestsPerMinute)]
    {
        sim.server.faults().next(1, "key-1", fault);
    }
    let answer = sim.send("key-1", "/chat/completions", &crate::harness::chat(json!({}))).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(
        (&answer.headers()["retry-after"], &answer.headers()["retry-after-ms"]),
        (&"7".parse().expect("a value"), &"6500".parse().expect("a value"))
    );
}

#[tokio::test]
async fn a_model_it_does_not_have_is_refused_by_itself() {
    let models = vec!["qwen-plus".to_owned()];
    let sim = Sim::with(LlmOptions { models, ..LlmOptions::with_keys(LlmDialect::DashScope, 1) }).await;
    let (status, body) = sim.chat("key-1", json!({"model": "gpt-9"})).await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!("model_not_found")));
    assert_eq!(sim.chat("key-1", json!({})).await.0, 200);
}
