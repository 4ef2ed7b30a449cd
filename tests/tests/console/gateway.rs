//! Channels: seen, changed, and the traffic that follows.

use serde_json::json;
use system_tests::{
    browser::{Browser, Control},
    console::{GatewaySite, World},
    eventually,
};

const REQUESTS: usize = 20;

pub(crate) async fn five_channels_are_seen_healthy(world: &World, browser: &Browser) {
    world.at_the_gateway(browser).visit("/console/channels").await;
    for number in 1..=5 {
        let row = row(browser, &format!("key-{number}")).await;
        assert!(row.contains("healthy") && row.contains("¥5") && row.contains("/ 600"), "{row}");
    }
    browser.says("5 / 5").await;
    let html = browser.script("return document.documentElement.outerHTML", Vec::new()).await;
    assert!(!html.as_str().unwrap().contains("sk-sim-"), "keys are masked");
}

pub(crate) async fn a_page_of_channels_renews_itself(world: &World, browser: &Browser) {
    world.at_the_gateway(browser).visit("/console/channels").await;
    browser.script("document.body.dataset.same = 'yes'", Vec::new()).await;
    switch(&world.gateway, "key-2", false).await;
    browser
        .waits_for("key-2 is shown as disabled", async || {
            row(browser, "key-2").await.contains("disabled by operator").then_some(())
        })
        .await;
    switch(&world.gateway, "key-2", true).await;
    browser.says("5 / 5").await;
    assert_eq!(browser.attributes("body", "data-same").await, ["yes"], "and was never loaded again");
}

pub(crate) async fn a_budget_of_nothing_disables_a_channel_and_traffic_moves(world: &World, browser: &Browser) {
    let before = world.gateway.answers(REQUESTS).await;
    let (name, _) = before.iter().max_by_key(|(_, count)| **count).unwrap();
    let operator = world.at_the_gateway(browser);
    let (budget, set) = (Control::field("Budget, ¥ a day"), Control::button("Set budget"));
    operator.visit("/console/channels").await;
    browser.click(&Control::link(name)).await;
    browser.fill(&budget, "many").await;
    browser.click(&set).await;
    browser.says("400").await;
    operator.visit(&format!("/console/channels/{name}")).await;
    browser.fill(&budget, "0").await;
    browser.click(&set).await;
    browser.says("disabled: no budget left today").await;
    operator.visit("/console/channels").await;
    let row = row(browser, name).await;
    assert!(row.contains("disabled"), "{row}");
    browser.says("4 / 5").await;
    let after = world.gateway.answers(REQUESTS).await;
    assert!(!after.contains_key(name) && after.len() > 1, "{name} has no budget: {after:?}");

    operator.visit("/console/audit").await;
    let changed = browser.text_of("tbody tr").await;
    assert!(["operator", name.as_str(), "budget"].iter().all(|told| changed.contains(told)), "{changed}");

    operator.visit(&format!("/console/channels/{name}")).await;
    browser.fill(&budget, "5").await;
    browser.click(&set).await;
    eventually("the channel answers again", async || world.gateway.answers(5).await.contains_key(name).then_some(()))
        .await;
}

pub(crate) async fn a_request_shows_who_asked_and_what_was_decided(world: &World, browser: &Browser) {
    let said = world.gateway.callers[1].chat(json!({"max_tokens": 77})).await;
    let operator = world.at_the_gateway(browser);
    operator.visit("/console/requests").await;
    let id = said.header("x-request-id").to_owned();
    browser.click(&Control::link(&id)).await;
    browser.says("Decision record").await;
    let text = browser.text_of("main").await;
    for told in ["stock-pro-7", "qwen-plus", said.channel(), "answered", "200"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // Numbers come from the caller's own answer: nothing is rounded on the way.
    let spent = said.body["usage"]["completion_tokens"].as_u64().unwrap();
    assert!(text.contains(&format!("{spent} out")), "{spent}: {text}");
    operator.open("/console/requests?profile=lao-wang").await;
    let rows = browser.text_of("table").await;
    assert!(rows.contains("lao-wang") && !rows.contains("stock-pro-7"), "{rows}");
}

async fn row(browser: &Browser, channel: &str) -> String {
    browser.text_of(&format!("tr:has(a[href='/console/channels/{channel}'])")).await
}

async fn switch(site: &GatewaySite, channel: &str, enabled: bool) {
    let (path, wanted) = (format!("/admin/channels/{channel}"), json!({"enabled": enabled}));
    let (status, said) = site.gateway.admin("PATCH", &path, Some(wanted)).await;
    assert_eq!(status, 200, "{said}");
}
