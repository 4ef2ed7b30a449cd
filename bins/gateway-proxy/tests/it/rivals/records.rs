//! What is written down: who was asked, who was not, and why.

use serde_json::json;
use upstream_simulators::{LlmFault, LlmRefusal};

use super::kit::Rival;

/// No rival says why a request went where it went. A record names every attempt, and for each why the others lost.
#[tokio::test]
async fn a_record_says_who_was_asked_and_why_the_others_were_not() {
    let rival = Rival::keys(3).await;
    rival.llm.faults().always("key-1", LlmFault::Refuse(LlmRefusal::Overloaded));
    let said = loop {
        let said = rival.chat(json!({})).await;
        if said.header("x-twilight-attempts") == "2" {
            break said;
        }
    };
    let record = rival.record(&said).await;
    let decision = record["decision"].as_array().cloned().unwrap_or_default();
    assert_eq!(decision.len(), 2, "{record}");
    assert_eq!((&decision[0]["channel"], &decision[0]["outcome"]), (&json!("key-1"), &json!("overloaded")), "{record}");
    assert_eq!(decision[1]["outcome"], "ok", "{record}");
    let lost = |name: &str| {
        let considered = decision[1]["considered"].as_array().cloned().unwrap_or_default();
        let entry = considered.into_iter().find(|entry| entry["channel"] == name);
        entry.map(|entry| entry["lost"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(lost("key-1").as_deref(), Some("tried"), "{record}");
}

/// A refusal is a request too, and is found by its id.
#[tokio::test]
async fn what_was_refused_is_recorded_as_well() {
    let rival = Rival::keys(1).await;
    let said = rival.chat(json!({"model": "gpt-9"})).await;
    assert_eq!(said.status, 404);
    let record = rival.record(&said).await;
    assert_eq!((&record["outcome"], &record["charges"]), (&json!("unknown_model"), &json!([])), "{record}");
}

/// An upstream's key is in no answer, whatever the upstream echoes.
#[tokio::test]
async fn a_key_that_an_upstream_echoes_reaches_no_caller() {
    let rival = Rival::keys(1).await;
    let secret = rival.llm.keys()[0].secret.clone();
    let body =
        json!({"error": {"message": format!("Incorrect API key provided: {secret}."), "type": "x", "code": "bad"}});
    for status in [400, 401, 500] {
        rival.llm.faults().next(1, "", LlmFault::Raw { status, body: body.to_string() });
        let said = rival.chat(json!({})).await;
        assert!(said.status >= 400 && !said.text.contains(&secret), "{said:?}");
        assert!(!rival.record(&said).await.to_string().contains(&secret));
    }
}
