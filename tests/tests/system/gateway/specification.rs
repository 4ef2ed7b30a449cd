//! The tests that the specification names, and its success criteria.

use serde_json::json;
use system_tests::{
    eventually,
    gateway::{GatewaySettings, GatewayStage},
};
use upstream_simulators::{LlmFault, LlmLimits, LlmRefusal};

use super::kit::{ask, bad, calls, hammer, set_budget, shares, states};

/// Five channels with health; requests go round; an unknown model is refused by name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_new_api_channel_routing() {
    let stage = GatewayStage::new(GatewaySettings::keys(5)).await;
    let gateway = stage.gateway().await;
    let states = states(&gateway).await;
    assert_eq!(states.len(), 5);
    assert!(states.values().all(|state| state == "healthy"), "{states:?}");

    let caller = gateway.caller("research-bot").await;
    let shares = shares(ask(&caller, 20).await);
    assert_eq!(shares.values().copied().collect::<Vec<_>>(), [4; 5], "{shares:?}");
    for number in 1..=5 {
        assert_eq!(calls(&stage, &format!("key-{number}")), 4);
    }
    let said = caller.chat(json!({"model": "qwen-pius"})).await;
    assert_eq!((said.status, said.code()), (404, "model_not_found"));
    assert!(said.text.contains("qwen-plus"), "the refusal names the model that was meant: {}", said.text);
    let models = caller.get("/v1/models").await;
    assert_eq!(models.body["data"][0]["id"], "qwen-plus", "{models:?}");
    gateway.daemon.stop().await;
}

/// A 429 of one key is another key's request; the caller never sees it, and the key is used again after its minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_new_api_fallback_on_429() {
    let stage = GatewayStage::new(GatewaySettings::keys(2)).await;
    let gateway = stage.gateway().await;
    let caller = gateway.caller("research-bot").await;
    for refusal in [LlmRefusal::RequestsPerMinute, LlmRefusal::TokensPerMinute, LlmRefusal::Burst] {
        let before = (calls(&stage, "key-1"), calls(&stage, "key-2"));
        stage.llm.faults().always("key-1", LlmFault::Refuse(refusal));
        stage.llm.faults().always("key-1", LlmFault::RetryAfter(1));
        let channels = ask(&caller, 6).await;
        assert!(channels.iter().all(|channel| channel == "key-2"), "{refusal:?}: {channels:?}");
        let asked = calls(&stage, "key-1") - before.0;
        assert!((1..=3).contains(&asked), "{refusal:?}: a key that says wait is not asked {asked} times");
        assert_eq!(calls(&stage, "key-2") - before.1, 6, "{refusal:?}");
        stage.llm.faults().clear();
        eventually("the key is used again", async || (ask(&caller, 1).await[0] == "key-1").then_some(())).await;
    }
    gateway.daemon.stop().await;
}

/// A budget of ¥0 switches a key off at once; a budget that is used up does too. Then others take over, and when none is
/// left the refusal says so and asks not to be tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_new_api_budget_exhaustion() {
    let stage = GatewayStage::new(GatewaySettings::keys(3)).await;
    let gateway = stage.gateway().await;
    let caller = gateway.caller("research-bot").await;
    assert_eq!(shares(ask(&caller, 6).await).len(), 3);

    set_budget(&gateway, "key-1", "0").await;
    assert_eq!(states(&gateway).await["key-1"], "budget_spent");
    let before = calls(&stage, "key-1");
    let used = shares(ask(&caller, 8).await);
    assert_eq!(used.keys().collect::<Vec<_>>(), ["key-2", "key-3"], "{used:?}");
    assert_eq!(calls(&stage, "key-1"), before);

    set_budget(&gateway, "key-2", "0").await;
    set_budget(&gateway, "key-3", "0").await;
    let said = caller.chat(json!({})).await;
    assert_eq!((said.status, said.code()), (429, "insufficient_quota"), "{said:?}");
    assert_eq!(said.header("x-should-retry"), "false");
    assert!(said.text.contains("midnight"), "the refusal says when: {}", said.text);

    // An operator who raises the budget again has it at once, and a restart forgets neither.
    set_budget(&gateway, "key-3", "500").await;
    assert_eq!(ask(&caller, 2).await, ["key-3", "key-3"]);
    gateway.daemon.stop().await;
    let gateway = stage.gateway().await;
    assert_eq!(ask(&caller.at(gateway.url()), 2).await, ["key-3", "key-3"]);
    gateway.daemon.stop().await;
}

/// A key that dies without traffic is found by the probes, rests, and comes back by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_new_api_health_check() {
    let gateway = "probe_every_s = 1\nrecovery_every_s = 1".to_owned();
    let stage = GatewayStage::new(GatewaySettings { gateway, ..GatewaySettings::keys(5) }).await;
    let gateway = stage.gateway().await;
    stage.llm.faults().kill_key("key-1");
    eventually("the probes find the dead key", async || (states(&gateway).await["key-1"] == "parked").then_some(()))
        .await;
    let others = states(&gateway).await;
    assert_eq!(others.values().filter(|state| *state == "healthy").count(), 4, "{others:?}");
    assert_eq!(stage.llm.billed_nano(), 0, "probes cost nothing");
    assert_eq!(calls(&stage, "key-1"), 0, "and are no requests");

    let caller = gateway.caller("research-bot").await;
    let used = shares(ask(&caller, 8).await);
    assert_eq!(used.len(), 4, "{used:?}");
    stage.llm.faults().clear_key("key-1");
    eventually("the key is used again", async || (ask(&caller, 1).await[0] == "key-1").then_some(())).await;
    eventually("and counts as healthy", async || {
        ask(&caller, 1).await;
        (states(&gateway).await["key-1"] == "healthy").then_some(())
    })
    .await;
    gateway.daemon.stop().await;
}

/// Kill key #1: the next request uses key #2, and no caller sees an error, not even those who were being answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_dies_under_load_is_noticed_by_nobody() {
    let stage = GatewayStage::new(GatewaySettings::keys(5)).await;
    let gateway = stage.gateway().await;
    let hammering = async { hammer(&gateway, 20, 30).await };
    let dying = async {
        eventually("the load is on", async || (calls(&stage, "key-1") >= 20).then_some(())).await;
        stage.llm.faults().kill_key("key-1");
    };
    let (answers, ()) = tokio::join!(hammering, dying);
    assert_eq!(answers.len(), 600);
    assert_eq!(bad(&answers), [""; 0]);
    let refused = stage.llm.book("key-1").refused["invalid_key"];
    assert!(refused >= 1, "somebody met the dead key");
    assert_eq!(states(&gateway).await["key-1"], "parked");
    let caller = gateway.caller("late").await;
    assert!(ask(&caller, 10).await.iter().all(|channel| channel != "key-1"));
    gateway.daemon.stop().await;
}

/// 100 profiles at once against five keys with real limits of their own: nobody sees a 429 while any key has room, and no
/// key sees more than it allows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_profiles_hammering_see_no_429_while_any_key_has_room() {
    let mut settings = GatewaySettings { rpm: 100, ..GatewaySettings::keys(5) };
    for key in &mut settings.llm.keys {
        key.limits = LlmLimits { rpm: Some(100), ..LlmLimits::default() };
    }
    let stage = GatewayStage::new(settings).await;
    let gateway = stage.gateway().await;
    // Every key has room for 100: altogether exactly what is asked for.
    let answers = hammer(&gateway, 100, 5).await;
    assert_eq!(bad(&answers), [""; 0]);
    for number in 1..=5 {
        let book = stage.llm.book(&format!("key-{number}"));
        assert_eq!((book.answered, book.refused.len()), (100, 0), "key-{number}: {book:?}");
    }
    gateway.daemon.stop().await;
}
