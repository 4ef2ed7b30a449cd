//! Probes: free, of every channel but those that are switched off; dead keys that live again.

use serde_json::json;
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmRefusal};

use super::kit::{Operated, eventually};

const OFTEN: &str = "probe_every_s = 1\nrecovery_every_s = 1";

impl Operated {
    fn probes(&self, key: &str) -> u64 {
        self.llm.book(key).free_calls
    }
}

#[tokio::test]
async fn every_channel_is_probed_again_and_again_without_cost() {
    let gateway = Operated::with(LlmOptions::with_keys(LlmDialect::SiliconFlow, 2), OFTEN).await;
    eventually("both were probed twice", async || {
        (gateway.probes("key-1") >= 2 && gateway.probes("key-2") >= 2).then_some(())
    })
    .await;
    assert_eq!(gateway.llm.billed_nano(), 0);
    let line = "gateway_probes_total{channel=\"key-1\",outcome=\"ok\"}";
    assert!(gateway.metrics().await.contains(line));
}

#[tokio::test]
async fn a_key_that_dies_between_requests_is_found_by_the_probe_and_comes_back_by_the_next() {
    let gateway = Operated::with(LlmOptions::with_keys(LlmDialect::SiliconFlow, 2), OFTEN).await;
    gateway.llm.faults().kill_key("key-1");
    gateway.state("key-1", "parked").await;
    let told = gateway.channel("key-1").await;
    assert_eq!((&told["rests"][0]["what"], &told["rests"][0]["verdict"]), (&json!("channel"), &json!("key_dead")));
    assert_eq!((gateway.chat().await.1, gateway.chat().await.1), ("key-2".to_owned(), "key-2".to_owned()));
    gateway.llm.faults().clear_key("key-1");
    // The probe puts it on trial, one request brings it back.
    eventually("the key is used again", async || (gateway.chat().await == (200, "key-1".to_owned())).then_some(()))
        .await;
    gateway.state("key-1", "healthy").await;
    eventually("it is told", async || {
        let audit = gateway.get("/admin/audit?actor=gateway").await;
        let actions: Vec<_> =
            audit["entries"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
        (actions == [json!("channel.recovered"), json!("channel.parked")]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_an_operator_switched_off_or_whose_budget_is_nothing_is_never_probed() {
    let settings = format!("{OFTEN}\n");
    let mut gateway = Operated::with(LlmOptions::with_keys(LlmDialect::SiliconFlow, 3), &settings).await;
    gateway.change("key-1", json!({"enabled": false})).await;
    gateway.change("key-2", json!({"budget_cny_per_day": "0"})).await;
    gateway.restart().await;
    let (first, second, third) = (gateway.probes("key-1"), gateway.probes("key-2"), gateway.probes("key-3"));
    eventually("the third was probed three times", async || (gateway.probes("key-3") >= third + 3).then_some(())).await;
    assert_eq!((gateway.probes("key-1"), gateway.probes("key-2")), (first, second));
    // Asked for by an operator, each is.
    let told = gateway.post("/admin/channels/key-1/probe", json!({})).await;
    assert_eq!((&told["outcome"], gateway.probes("key-1")), (&json!("ok"), first + 1));
}

#[tokio::test]
async fn what_rests_still_rests_after_a_restart_and_an_operator_ends_it() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::SiliconFlow, 2)).await;
    gateway.llm.faults().kill_key("key-1");
    for _ in 0..2 {
        assert_eq!(gateway.chat().await.0, 200);
    }
    gateway.state("key-1", "parked").await;
    gateway.restart().await;
    let told = gateway.channel("key-1").await;
    assert_eq!((&told["state"], &told["rests"][0]["verdict"]), (&json!("parked"), &json!("key_dead")));
    let asked = gateway.llm.book("key-1").calls;
    for _ in 0..4 {
        assert_eq!(gateway.chat().await, (200, "key-2".to_owned()));
    }
    assert_eq!(gateway.llm.book("key-1").calls, asked, "a resting channel is not asked");
    gateway.llm.faults().clear();
    let told = gateway.change("key-1", json!({"enabled": true})).await;
    assert_eq!((&told["state"], &told["rests"]), (&json!("healthy"), &json!([])));
    gateway.restart().await;
    assert_eq!(gateway.channel("key-1").await["state"], "healthy");
}

#[tokio::test]
async fn a_key_that_was_replaced_in_the_configuration_is_tried_at_the_start_and_the_others_rest_on() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::SiliconFlow, 3)).await;
    for key in ["key-1", "key-2"] {
        gateway.llm.faults().kill_key(key);
        gateway.post(&format!("/admin/channels/{key}/probe"), json!({})).await;
        gateway.state(key, "parked").await;
    }
    gateway.stop().await;
    gateway.text = gateway.text.replace("sk-sim-key-1", "sk-sim-key-3");
    gateway.begin().await;
    let told = gateway.channel("key-1").await;
    assert_eq!((&told["state"], &told["rests"]), (&json!("healthy"), &json!([])));
    assert_eq!(gateway.channel("key-2").await["state"], "parked", "its key is the one that died");
    // And nobody remembers it the time after.
    gateway.restart().await;
    assert_eq!(gateway.channel("key-1").await["state"], "healthy");
    assert_eq!(gateway.channel("key-2").await["state"], "parked");
}

#[tokio::test]
async fn what_began_to_rest_as_the_gateway_stopped_rests_on() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::SiliconFlow, 6)).await;
    for number in 1..=6 {
        let key = format!("key-{number}");
        gateway.llm.faults().kill_key(&key);
        gateway.post(&format!("/admin/channels/{key}/probe"), json!({})).await;
        gateway.restart().await;
        assert_eq!(gateway.channel(&key).await["rests"][0]["verdict"], "key_dead", "{key}");
    }
}

#[tokio::test]
async fn what_rested_about_a_channel_that_is_no_more_is_forgotten() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::SiliconFlow, 2)).await;
    gateway.llm.faults().kill_key("key-2");
    gateway.post("/admin/channels/key-2/probe", json!({})).await;
    gateway.state("key-2", "parked").await;
    gateway.stop().await;
    let with = gateway.text.clone();
    gateway.text.truncate(with.rfind("[[gateway-proxy.channels]]").unwrap());
    gateway.begin().await;
    assert_eq!(gateway.chat().await, (200, "key-1".to_owned()));
    gateway.stop().await;
    gateway.text = with;
    gateway.begin().await;
    assert_eq!(gateway.channel("key-2").await["rests"], json!([]));
}

#[tokio::test]
async fn enabling_a_channel_ends_the_rest_of_an_account_that_is_its_own_and_not_of_one_it_shares() {
    let keys = LlmOptions::with_keys(LlmDialect::SiliconFlow, 3);
    let mut gateway = Operated::over(keys).await;
    gateway.stop().await;
    for key in ["key-2", "key-3"] {
        gateway.text = gateway.text.replace(&format!("account = \"{key}\""), "account = \"shared\"");
    }
    gateway.begin().await;
    gateway.llm.faults().always("", LlmFault::Refuse(LlmRefusal::Arrears));
    eventually("all rest", async || {
        gateway.chat().await;
        let told = gateway.get("/admin/channels").await;
        told["channels"].as_array().unwrap().iter().all(|one| one["state"] == "parked").then_some(())
    })
    .await;
    assert_eq!(gateway.channel("key-1").await["rests"][0]["what"], "account");
    gateway.llm.faults().clear();
    let told = gateway.change("key-1", json!({"enabled": true})).await;
    assert_eq!((&told["state"], &told["rests"]), (&json!("healthy"), &json!([])));
    assert_eq!(gateway.chat().await, (200, "key-1".to_owned()));
    let told = gateway.change("key-2", json!({"enabled": true})).await;
    assert_eq!((&told["state"], &told["rests"][0]["what"]), (&json!("parked"), &json!("account")));
}

#[tokio::test]
async fn a_probe_says_what_came_of_it() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::SiliconFlow, 1)).await;
    let probe = async || gateway.post("/admin/channels/key-1/probe", json!({})).await;
    assert_eq!(probe().await["outcome"], "ok");
    gateway.llm.faults().kill_key("key-1");
    let refused = probe().await;
    assert_eq!(refused["outcome"], "refused");
    assert!(refused["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{refused}");
    gateway.llm.go_down().await;
    assert_eq!(probe().await["outcome"], "unreachable");
}
