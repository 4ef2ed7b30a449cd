//! `twilight tokens`, against a gateway that answers by script.

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{bearer_token, body_partial_json, method, path, query_param},
};

use crate::stage::Stage;

const ADMIN: &str = "admin-token-0123456789";

async fn gateway() -> (Stage, MockServer) {
    let (stage, server) = (Stage::empty(), MockServer::start().await);
    stage.configure_more(&format!("[gateway-proxy]\nlisten = \"{}\"\nadmin_token = \"{ADMIN}\"\n", server.address()));
    (stage, server)
}

fn token(id: &str, state: &str) -> Value {
    json!({"id": id, "name": id, "profile": "alice", "scopes": ["llm", "read"], "models": ["qwen-*"],
           "daily_cap_cny": "5", "expires_at": null, "state": state})
}

/// What was sent to the gateway.
async fn sent(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn a_token_is_printed_once_and_only_its_digest_is_sent() {
    let (stage, server) = gateway().await;
    let wanted = json!({"profile": "alice", "scopes": ["llm", "read"], "models": ["qwen-*", "bge-m3"],
                        "daily_cap_cny": "5.50", "expires_at": "2027-01-31T16:00:00Z"});
    Mock::given(method("POST"))
        .and(path("/admin/tokens"))
        .and(bearer_token(ADMIN))
        .and(body_partial_json(wanted))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({"token": token("alice-1", "valid")})))
        .expect(1)
        .mount(&server)
        .await;
    let words = "tokens create --profile alice --scope llm --scope read --model qwen-*,bge-m3 --daily-cap 5.50 \
                 --until 2027-01-31";
    let answer = stage.run(words).await;
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let text = answer.stdout.trim_end();
    assert!(text.starts_with("tw-") && text.len() == 67, "nothing but the token: {text}");
    assert!(!answer.stderr.contains(text) && answer.stderr.contains("alice-1"), "{answer:?}");
    let requests = sent(&server).await;
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let digest = access_tokens::Digest::of(text.as_bytes()).to_string();
    assert_eq!(body["sha256"], digest);
    assert_eq!(body["id"], format!("alice-{}", &digest[..8]));
    assert!(!String::from_utf8_lossy(&requests[0].body).contains(&text[3..]));
}

#[tokio::test]
async fn an_id_that_is_made_up_can_be_written_on_a_command_line() {
    let (stage, server) = gateway().await;
    let answer = ResponseTemplate::new(201).set_body_json(json!({"token": token("x", "valid")}));
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    for (profile, begins) in [("研究", "token-"), ("研究-a!", "a-")] {
        assert_eq!(stage.run(&format!("tokens create --profile {profile}")).await.code, Some(0));
        let body: Value = serde_json::from_slice(&sent(&server).await.last().unwrap().body).unwrap();
        assert!(body["id"].as_str().unwrap().starts_with(begins), "{body}");
    }
}

#[tokio::test]
async fn as_json_the_answer_holds_the_secret_too() {
    let (stage, server) = gateway().await;
    let answer = ResponseTemplate::new(201).set_body_json(json!({"token": token("ops", "valid")}));
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let told = stage.json("tokens create --profile ops --id ops --scope admin").await;
    assert_eq!(told["token"]["id"], "ops");
    assert!(told["secret"].as_str().unwrap().starts_with("tw-"));
}

#[tokio::test]
async fn tokens_are_listed_by_profile_and_state_and_revoked_by_id() {
    let (stage, server) = gateway().await;
    Mock::given(method("GET"))
        .and(path("/admin/tokens"))
        .and(query_param("profile", "alice"))
        .and(query_param("state", "valid"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"tokens": [token("alice-1", "valid")]})))
        .mount(&server)
        .await;
    let told = stage.told("tokens list --profile alice --state valid").await;
    for shown in ["alice-1", "llm read", "qwen-*", "valid"] {
        assert!(told.contains(shown), "{told}");
    }
    Mock::given(method("DELETE"))
        .and(path("/admin/tokens/alice-1"))
        .and(bearer_token(ADMIN))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"token": token("alice-1", "revoked")})))
        .expect(1)
        .mount(&server)
        .await;
    assert!(stage.told("tokens revoke alice-1").await.contains("revoked"));
}

#[tokio::test]
async fn what_the_gateway_refuses_is_told_in_its_words_and_never_with_a_token() {
    let (stage, server) = gateway().await;
    let refusal = json!({"type": "urn:twilight:problem:conflict", "title": "It is another one", "status": 409,
                         "detail": "the id \"a\" stands for another token"});
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(409).set_body_json(refusal)).mount(&server).await;
    let answer = stage.run("tokens create --profile a --id a").await;
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(1), ""), "a token that nobody knows is not shown");
    assert!(answer.stderr.contains("the id \"a\" stands for another token"), "{answer:?}");
    assert!(!answer.stderr.contains("tw-") && !answer.stderr.contains(ADMIN), "{answer:?}");
}

#[tokio::test]
async fn without_a_gateway_or_an_admin_token_it_says_what_is_missing() {
    let said = Stage::empty().refused("tokens list", 1).await;
    assert!(said.contains("TWILIGHT_GATEWAY_PROXY_ADMIN_TOKEN"), "{said}");
    let stage = Stage::empty();
    stage.configure_more(&format!("[gateway-proxy]\nlisten = \"127.0.0.1:1\"\nadmin_token = \"{ADMIN}\"\n"));
    let said = stage.refused("tokens list", 1).await;
    assert!(said.contains("ask the gateway at http://127.0.0.1:1") && !said.contains(ADMIN), "{said}");
    for (words, told) in [
        ("tokens create", "--profile"),
        ("tokens create --profile a --scope fly", "llm, search, read or admin"),
        ("tokens create --profile a --until tomorrow", "write 2026-04-30"),
        ("tokens revoke ../channels", "no id"),
        ("tokens revoke ..", "no id"),
        ("tokens list --state gone", "revoked"),
    ] {
        let said = stage.refused(words, 2).await;
        assert!(said.contains(told), "{words}: {said}");
    }
}
