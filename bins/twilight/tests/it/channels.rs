//! `twilight channels`, against a gateway that answers by script; and the jobs of its queue.

use job_queue::{
    Broker, Queue,
    payload::{GatewayJob, queue_name::GATEWAY},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{bearer_token, method, path, query_param},
};

use crate::stage::Stage;

const ADMIN: &str = "admin-token-0123456789";

async fn gateway() -> (Stage, MockServer) {
    let (stage, server) = (Stage::empty(), MockServer::start().await);
    stage.configure_more(&format!("[gateway-proxy]\nlisten = \"{}\"\nadmin_token = \"{ADMIN}\"\n", server.address()));
    (stage, server)
}

async fn answers(server: &MockServer, verb: &str, at: &str, body: Value) {
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method(verb)).and(path(at)).and(bearer_token(ADMIN)).respond_with(answer).mount(server).await;
}

fn channel(state: &str) -> Value {
    json!({
        "name": "silicon-1", "origin": "configured", "account": "main", "group": "default", "dialect": "siliconflow",
        "base_url": "https://api.siliconflow.cn/v1", "key_fingerprint": "5f3a9c01", "enabled": true, "state": state,
        "models": ["qwen-plus", "bge-m3"], "priority": 0, "weight": 1, "again_in_s": 1_780,
        "rpm": {"used": 12, "limit": 100}, "tpm": {"used": 34_567, "limit": null}, "in_flight": 2,
        "budget_cny_per_day": "500", "budget": {"settled_cny": "12.5", "limit_cny": "500"}, "model_states": [],
        "rests": [{"what": "channel", "verdict": "key_dead", "reason": "Invalid token", "since": "2026-11-23T04:00:00Z"}],
    })
}

async fn sent(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn channels_are_listed_and_one_is_shown_with_what_rests_about_it() {
    let (stage, server) = gateway().await;
    answers(&server, "GET", "/admin/channels", json!({"channels": [channel("parked")], "waiting": 3})).await;
    answers(&server, "GET", "/admin/channels/silicon-1", channel("parked")).await;
    let told = stage.told("channels list").await;
    for shown in ["silicon-1", "12 / 100", "34,567", "12.5 / 500", "wait for a channel: 3"] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
    let told = stage.told("channels show silicon-1").await;
    for shown in ["5f3a9c01", "key_dead", "Invalid token", "2026-11-23 12:00:00"] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
    assert_eq!(stage.json("channels list").await["channels"][0]["name"], "silicon-1");
}

#[tokio::test]
async fn an_upstreams_words_do_not_command_the_terminal() {
    let (stage, server) = gateway().await;
    let mut told = channel("parked");
    told["rests"][0]["reason"] = json!("Invalid \u{1b}[31mtoken\u{7}\nsecond line");
    answers(&server, "GET", "/admin/channels/silicon-1", told).await;
    let told = stage.told("channels show silicon-1").await;
    assert!(!told.contains(['\u{1b}', '\u{7}']), "{told:?}");
    assert!(told.contains("Invalid \u{fffd}[31mtoken\u{fffd}") && told.contains("second line"), "{told}");
    let answer =
        json!({"channel": "silicon-1", "outcome": "refused", "ms": 9, "detail": "no \u{1b}[2Jtoken", "models": null});
    answers(&server, "POST", "/admin/channels/silicon-1/probe", answer).await;
    let told = stage.refused("channels probe silicon-1", 1).await;
    assert!(told.contains("no \u{fffd}[2Jtoken") && !told.contains('\u{1b}'), "{told:?}");
}

#[tokio::test]
async fn changes_are_sent_as_they_were_written() {
    let (stage, server) = gateway().await;
    answers(&server, "PATCH", "/admin/channels/silicon-1", channel("healthy")).await;
    for (words, wanted) in [
        ("enable silicon-1", json!({"enabled": true})),
        ("disable silicon-1", json!({"enabled": false})),
        ("set-budget silicon-1 12.5", json!({"budget_cny_per_day": "12.5"})),
        ("set-budget silicon-1 none", json!({"budget_cny_per_day": "none"})),
        ("set-budget silicon-1 default", json!({"budget_cny_per_day": null})),
        // The gateway says what is allowed, not the grammar.
        ("set-budget silicon-1 -5", json!({"budget_cny_per_day": "-5"})),
        ("set-order silicon-1 --priority -3", json!({"priority": -3})),
        ("set-order silicon-1 --weight -1", json!({"weight": -1})),
        ("set-order silicon-1 --priority default --weight 5", json!({"priority": null, "weight": 5})),
    ] {
        let told = stage.told(&format!("channels {words}")).await;
        assert!(told.contains("healthy"), "{told}");
        let requests = sent(&server).await;
        let body: Value = serde_json::from_slice(&requests.last().unwrap().body).unwrap();
        assert_eq!(body, wanted, "{words}");
    }
    for wrong in
        ["set-order silicon-1", "set-order silicon-1 --weight much", "enable ../tokens", "set-budget silicon-1"]
    {
        stage.refused(&format!("channels {wrong}"), 2).await;
    }
}

#[tokio::test]
async fn what_the_gateway_refuses_is_told_and_fails() {
    let (stage, server) = gateway().await;
    let problem = json!({"title": "There is no such channel", "detail": "there is no channel `x`", "field": "name",
                         "allowed": ["silicon-1"]});
    let answer = ResponseTemplate::new(404).set_body_json(problem);
    Mock::given(method("PATCH")).respond_with(answer).mount(&server).await;
    let told = stage.refused("channels disable x", 1).await;
    assert!(told.contains("there is no channel `x`; allowed: silicon-1"), "{told}");
}

#[tokio::test]
async fn a_probe_that_fails_fails() {
    let (stage, server) = gateway().await;
    let at = "/admin/channels/silicon-1/probe";
    let ok = json!({"channel": "silicon-1", "outcome": "ok", "ms": 31, "detail": null, "models": ["a", "b"]});
    answers(&server, "POST", at, ok).await;
    let told = stage.told("channels probe silicon-1").await;
    assert!(told.contains("ok after 31 ms, 2 models"), "{told}");
    server.reset().await;
    let dead =
        json!({"channel": "silicon-1", "outcome": "refused", "ms": 9, "detail": "Invalid token", "models": null});
    answers(&server, "POST", at, dead).await;
    let told = stage.refused("channels probe silicon-1", 1).await;
    assert!(told.contains("silicon-1 is refused: Invalid token"), "{told}");
}

fn request(id: &str) -> Value {
    json!({
        "id": id, "at": "2026-11-23T04:00:00Z", "profile": "alice", "token_id": "alice-1", "endpoint": "chat.completions",
        "model": "qwen-plus", "stream": true, "outcome": "ok", "status": 200, "latency_ms": 1_234, "waited_ms": 0,
        "cny": "0.0042",
        "decision": [
            {"channel": "silicon-1", "outcome": "wait_tokens", "ms": 20, "considered": [{"channel": "dash-1", "lost": "not_its_turn"}]},
            {"channel": "dash-1", "outcome": "ok", "ms": 1_200, "considered": [{"channel": "silicon-1", "lost": "tried"}]},
        ],
        "charges": [{"attempt": 2, "channel": "dash-1", "model": "qwen-plus", "day": "2026-11-23", "input_tokens": 1_500,
                     "cached_input_tokens": 0, "output_tokens": 80, "thinking_tokens": 0, "cny": "0.0042",
                     "reserved": "0.01", "estimated": true, "breach": null, "price_known": false}],
    })
}

#[tokio::test]
async fn requests_are_narrowed_by_the_gateway_and_one_tells_its_whole_story() {
    let (stage, server) = gateway().await;
    let rows = json!({"requests": [request("00000000000000a1"), request("00000000000000a2")]});
    Mock::given(method("GET"))
        .and(path("/admin/requests"))
        .and(query_param("profile", "alice"))
        .and(query_param("since", "2026-11-22T16:00:00+00:00"))
        .and(query_param("limit", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(rows))
        .mount(&server)
        .await;
    let words = "channels requests --profile alice --since 2026-11-23 --limit 1";
    let told = stage.told(words).await;
    for shown in ["00000000000000a1", "silicon-1 → dash-1", "1,500 + 80", "There are more: --limit."] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
    assert!(!told.contains("00000000000000a2"), "{told}");
    assert_eq!(stage.json(words).await.as_array().unwrap().len(), 1);

    answers(&server, "GET", "/admin/requests/00000000000000a1", request("00000000000000a1")).await;
    let told = stage.told("channels request 00000000000000a1").await;
    for shown in ["wait_tokens", "not taken: not_its_turn", "not taken: tried", "estimated default price", "alice-1"] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
}

#[tokio::test]
async fn usage_audit_prices_and_balances_are_tables() {
    let (stage, server) = gateway().await;
    let line = json!({"key": "alice", "requests": 1_234, "failures": 5, "input_tokens": 9, "cached_input_tokens": 0,
                      "output_tokens": 7, "cny": "3.21", "estimated_cny": "0", "breach_cny": "0"});
    Mock::given(method("GET"))
        .and(path("/admin/usage"))
        .and(query_param("by", "profile"))
        .and(query_param("from", "2026-11-01"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"from": "2026-11-01", "to": "2026-11-23", "usage": [line]})),
        )
        .mount(&server)
        .await;
    let told = stage.told("channels usage --from 2026-11-01").await;
    assert!(told.contains("1,234") && told.contains("3.21") && told.contains("2026-11-01 to 2026-11-23"), "{told}");

    let entry = json!({"at": "2026-11-23T04:00:00Z", "actor": "operator", "action": "channel.change",
                       "subject": "silicon-1", "before": {"enabled": true}, "after": {"enabled": false}});
    answers(&server, "GET", "/admin/audit", json!({"entries": [entry]})).await;
    let told = stage.told("channels audit --subject silicon-1").await;
    assert!(told.contains("channel.change") && told.contains("{\"enabled\":false}"), "{told}");

    let prices = json!({"file": "prices.toml", "origin": "last_good", "loaded_at": "2026-11-23T04:00:00Z",
        "trouble": {"since": "2026-11-23T05:00:00Z", "problem": "line 4: no amount"}, "unpriced": ["glm-5"],
        "default": {"input": "10", "output": "40"},
        "prices": [{"model": "qwen-plus*", "from": "2026-05-01", "input": "0.8", "output": "2"}]});
    answers(&server, "GET", "/admin/prices", prices.clone()).await;
    let told = stage.told("channels prices").await;
    for shown in ["line 4: no amount", "glm-5", "qwen-plus*", "last_good"] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
    answers(&server, "POST", "/admin/prices/reload", prices).await;
    stage.told("channels prices --reload").await;

    let account = json!({"account": "main", "balance_cny": "87.65", "since": "2026-11-22T16:20:00Z", "fell_cny": "12.35",
                         "booked_cny": "12.30", "drift_cny": "0.05"});
    let told = json!({"accounts": [account], "unread": {"second": "no answer"}, "silent": ["dash"]});
    answers(&server, "POST", "/admin/reconcile", told).await;
    let told = stage.told("channels reconcile").await;
    for shown in ["87.65", "0.05", "2026-11-23 00:20:00", "no answer", "does not tell"] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
}

#[tokio::test]
async fn a_stored_channel_is_removed_by_name() {
    let (stage, server) = gateway().await;
    answers(&server, "DELETE", "/admin/channels/old", json!({"removed": "old"})).await;
    assert_eq!(stage.told("channels remove old").await.trim(), "removed old");
}

#[tokio::test]
async fn without_an_admin_token_it_is_said_how_to_give_one() {
    let told = Stage::empty().refused("channels list", 1).await;
    assert!(told.contains("TWILIGHT_GATEWAY_PROXY_ADMIN_TOKEN"), "{told}");
}

#[tokio::test]
async fn jobs_of_the_gateway_are_enqueued_and_coalesced() {
    let stage = Stage::empty().with_redis().await;
    let probe = stage.json("enqueue probe-channel --channel silicon-1").await;
    let id = probe["job_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("probe_channel@silicon-1#"), "{id}");
    assert_eq!(stage.json("enqueue probe-channel --channel silicon-1").await["job_id"], id);
    assert_ne!(stage.json("enqueue probe-channel --channel silicon-2").await["job_id"], id);
    stage.json("enqueue reload-prices").await;
    stage.json("enqueue reconcile-balances").await;
    let queue: Queue<GatewayJob> =
        Queue::new(&Broker::connect(&stage.redis.as_ref().unwrap().url()).unwrap(), GATEWAY).unwrap();
    let payload = queue.show(&id).await.unwrap().payload.unwrap();
    let expected = GatewayJob::ProbeChannel { channel: "silicon-1".to_owned() };
    assert_eq!(payload, serde_json::to_value(expected).unwrap());
    let listed = stage.json("jobs list --queue gateway --state waiting").await;
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 4);
}
