//! What the simulated providers mean is what the dialect tables understand: two readings of the same documentation.

use llm_upstream::{Dialect, classify, classify_event, classify_success};
use route_policy::{Meter, Verdict};
use serde_json::json;
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmRefusal, LlmServer};

use crate::support::http_client;

/// What a refusal means, whoever says it.
fn meaning(dialect: LlmDialect, refusal: LlmRefusal) -> Verdict {
    use LlmDialect::{DashScope, NewApi, OpenAi, SiliconFlow};
    match (refusal, dialect) {
        (LlmRefusal::RequestsPerMinute, _) => Verdict::Wait(Meter::Requests),
        // New-API counts no tokens per minute; what it passes on does not say whose limit it is.
        (LlmRefusal::TokensPerMinute, NewApi) => Verdict::Wait(Meter::Unknown),
        (LlmRefusal::TokensPerMinute, _) => Verdict::Wait(Meter::Tokens),
        // SiliconFlow and New-API have no words of their own for growth; any wait will do.
        (LlmRefusal::Burst, SiliconFlow | NewApi) => Verdict::Wait(Meter::Requests),
        (LlmRefusal::Burst, OpenAi) => Verdict::Overloaded,
        (LlmRefusal::Burst, DashScope) => Verdict::Wait(Meter::Burst),
        (LlmRefusal::InvalidKey, _) => Verdict::KeyDead,
        (LlmRefusal::Arrears | LlmRefusal::Overdue, _) => Verdict::AccountParked,
        // The allowance is one model's at DashScope, the whole account's elsewhere.
        (LlmRefusal::FreeQuotaUsedUp, DashScope) => Verdict::ModelDenied,
        (LlmRefusal::FreeQuotaUsedUp, _) => Verdict::AccountParked,
        // One code of OpenAI's says both.
        (LlmRefusal::ModelDenied, SiliconFlow | OpenAi) => Verdict::ModelMissing,
        (LlmRefusal::ModelDenied, _) => Verdict::ModelDenied,
        (LlmRefusal::ModelMissing, _) => Verdict::ModelMissing,
        // SiliconFlow says both with one code.
        (LlmRefusal::Content, SiliconFlow) => Verdict::CallerFault,
        (LlmRefusal::Content, _) => Verdict::Content,
        (LlmRefusal::BadParameter, _) => Verdict::CallerFault,
        (LlmRefusal::Overloaded, NewApi) => Verdict::Broken,
        (LlmRefusal::Overloaded, _) => Verdict::Overloaded,
        (LlmRefusal::Timeout | LlmRefusal::Internal, DashScope | OpenAi | SiliconFlow | NewApi) => Verdict::Broken,
        (LlmRefusal::WrongPath, _) => Verdict::Misconfigured,
    }
}

#[tokio::test]
async fn every_refusal_of_every_simulated_provider_is_understood_as_it_is_meant() {
    let mut wrong = Vec::new();
    for dialect in LlmDialect::ALL {
        let server = LlmServer::start(LlmOptions::with_keys(dialect, 1)).await.unwrap();
        let ours: Dialect = dialect.name().parse().unwrap();
        let url = format!("{}/chat/completions", server.base_url());
        for refusal in LlmRefusal::ALL {
            server.faults().next(1, "", LlmFault::Refuse(refusal));
            let body = json!({"model": "qwen-plus", "messages": [{"role": "user", "content": "hi"}]});
            let answer = http_client().post(&url).bearer_auth("sk-sim-key-1").json(&body).send().await.unwrap();
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = answer.bytes().await.unwrap();
            let understood = classify(ours, status, &headers, &body);
            let (meant, text) = (meaning(dialect, refusal), String::from_utf8_lossy(&body));
            if understood.verdict != meant {
                let (verdict, rule) = (understood.verdict, understood.rule);
                wrong.push(format!(
                    "{dialect:?} {refusal:?}: meant {meant:?}, understood {verdict:?} ({rule}): {status} {text}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_refusal_in_an_event_or_under_a_200_is_one_and_an_answer_is_none() {
    for dialect in LlmDialect::ALL {
        let server = LlmServer::start(LlmOptions::with_keys(dialect, 1)).await.unwrap();
        let ours: Dialect = dialect.name().parse().unwrap();
        let ask = async |stream: bool| {
            let body = json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": "hi"}]});
            let url = format!("{}/chat/completions", server.base_url());
            let answer = http_client().post(url).bearer_auth("sk-sim-key-1").json(&body).send().await.unwrap();
            answer.text().await.unwrap()
        };
        for refusal in [LlmRefusal::TokensPerMinute, LlmRefusal::Overloaded, LlmRefusal::Internal] {
            server.faults().next(1, "", LlmFault::ErrorFirst(refusal));
            let event = ask(true).await;
            let data = event.strip_prefix("data: ").unwrap().trim_end();
            assert!(classify_event(ours, data.as_bytes()).is_some(), "{dialect:?}: {data}");
            server.faults().next(1, "", LlmFault::RefuseWith200(refusal));
            let body = ask(false).await;
            assert!(classify_success(ours, body.as_bytes()).is_some(), "{dialect:?}: {body}");
        }
        assert_eq!(classify_success(ours, ask(false).await.as_bytes()), None);
        for frame in ask(true).await.split_terminator("\n\n") {
            let data = frame.strip_prefix("data: ").unwrap();
            assert_eq!(classify_event(ours, data.as_bytes()), None, "{dialect:?}: {data}");
        }
    }
}
