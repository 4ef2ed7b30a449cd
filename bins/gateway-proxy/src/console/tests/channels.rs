use serde_json::json;

use super::kit::{World, says, words};

fn two() -> [(&'static str, &'static str); 2] {
    [("silicon", "500"), ("ali", "none")]
}

#[tokio::test]
async fn all_channels_are_told_in_both_languages_and_no_key_is() {
    let world = World::of(&two()).await;
    let mut operator = world.operator("en").await;
    let page = operator.get("/console/channels").await;
    says(
        &page,
        &["Healthy 2 / 2", "silicon", "healthy", "¥0 / ¥500", "0 / 100", "0 / 500,000", "closed", "¥0 · no bound"],
    );
    assert!(!page.body.contains("sk-secret"), "{}", page.body);
    assert!(page.body.contains("data-live=\"/console/live/channels\""));
    let live = operator.get("/console/live/channels").await;
    assert!(page.body.contains(&live.body) && !live.body.contains("<html"), "a part and the page tell the same");
    let page = operator.get("/console/channels/silicon").await;
    says(
        &page,
        &["Channel silicon", "the configuration", "qwen-plus", "http://127.0.0.1:1/v1", "100 RPM · 500,000 TPM"],
    );
    assert!(!page.body.contains("sk-secret"), "{}", page.body);
    let mut operator = world.operator("zh-CN").await;
    says(&operator.get("/console/channels").await, &["正常渠道 2 / 2", "今日预算", "无上限"]);
    says(&operator.get("/console/channels/ali").await, &["渠道 ali", "配置文件", "立即探测"]);
    assert_eq!(operator.get("/console/channels/gone").await.status.as_u16(), 404);
    assert_eq!(operator.get("/console/live/channels/gone").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_budget_of_nothing_disables_a_channel_at_once_in_the_name_of_who_set_it() {
    let world = World::of(&two()).await;
    let mut operator = world.operator("en").await;
    operator.get("/console/channels/silicon").await;
    let answer = operator.post("/console/channels/silicon/budget", &[("budget", "¥0")]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/console/channels/silicon"));
    says(
        &operator.get(answer.location()).await,
        &["silicon has another budget", "disabled: no budget left today", "changed"],
    );
    let list = operator.get("/console/channels").await;
    says(&list, &["Healthy 1 / 2", "disabled: no budget left today", "¥0 / ¥0"]);
    assert!(!words(&list).contains("has another budget"), "it is said once");
    let entries = world.audit("channel.change").await;
    assert_eq!((entries[0].actor.as_str(), entries[0].subject.as_str()), ("operator", "silicon"));
    assert_eq!(entries[0].before, Some(json!({"budget_cny_per_day": "500"})));
    assert_eq!(entries[0].after, Some(json!({"budget_cny_per_day": "0"})));
    says(&operator.get("/console/channels/silicon").await, &["channel changed", "budget_cny_per_day: 500"]);
}

#[tokio::test]
async fn a_channel_is_switched_reordered_and_put_back_as_it_was_defined() {
    let world = World::of(&two()).await;
    let mut operator = world.operator("en").await;
    operator.get("/console/channels/ali").await;
    let state =
        async |browser: &mut operator_console::testing::Browser| words(&browser.get("/console/channels/ali").await);
    operator.post("/console/channels/ali/disable", &[]).await;
    let disabled = state(&mut operator).await;
    assert!(disabled.contains("ali is disabled") && disabled.contains("disabled by operator"), "{disabled}");
    operator.post("/console/channels/ali/enable", &[]).await;
    assert!(state(&mut operator).await.contains("ali is enabled"));
    operator.post("/console/channels/ali/budget", &[("budget", "12.5")]).await;
    operator.post("/console/channels/ali/order", &[("priority", "-3"), ("weight", "7")]).await;
    let changed = state(&mut operator).await;
    for told in ["¥12.50 changed defined: no bound", "Priority -3 changed defined: 0", "Weight 7 changed defined: 1"] {
        assert!(changed.contains(told), "{told}: {changed}");
    }
    operator.post("/console/channels/ali/reset", &[]).await;
    let reset = state(&mut operator).await;
    assert!(reset.contains("ali is as its definition says") && !reset.contains("defined:"), "{reset}");
    assert_eq!(world.audit("channel.change").await.len(), 5);
}

#[tokio::test]
async fn what_a_form_may_not_say_is_refused_by_name_and_changes_nothing() {
    let world = World::of(&two()).await;
    let mut operator = world.operator("en").await;
    operator.get("/console/channels/ali").await;
    for (path, fields, status, told) in [
        ("ali/budget", vec![("budget", "-1")], 400, "Field budget Allowed yuan a day"),
        ("ali/budget", vec![("budget", "<script>")], 400, "&lt;script&gt;"),
        ("ali/budget", vec![], 400, "Field budget"),
        ("ali/budget", vec![("budget", "1"), ("enabled", "false")], 400, "Field enabled"),
        ("ali/order", vec![("priority", "1"), ("weight", "1000001")], 400, "Field weight"),
        ("ali/order", vec![("priority", "high"), ("weight", "1")], 400, "Field priority Allowed a whole number"),
        ("ali/disable", vec![("enabled", "false")], 400, "Field enabled"),
        ("gone/disable", vec![], 404, "silicon"),
        ("gone/probe", vec![], 404, "silicon"),
        ("ali/delete", vec![], 404, "no page has this address"),
    ] {
        let answer = operator.post(&format!("/console/channels/{path}"), &fields).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {fields:?}: {}", words(&answer));
        says(&answer, &[told]);
    }
    // Looking at the address of a change changes nothing.
    for path in ["disable", "budget", "reset", "probe"] {
        let answer = operator.get(&format!("/console/channels/ali/{path}")).await;
        assert_eq!(answer.status.as_u16(), 405, "{path}");
    }
    assert_eq!((world.audit("channel.change").await, world.audit("channel.probe").await), (vec![], vec![]));
    assert!(world.gateway.ledger.overrides().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_probe_says_what_came_of_it_and_is_in_the_audit_log() {
    let world = World::of(&two()).await;
    let mut operator = world.operator("en").await;
    operator.get("/console/channels/ali").await;
    let answer = operator.post("/console/channels/ali/probe", &[]).await;
    assert_eq!(answer.location(), "/console/channels/ali");
    says(&operator.get("/console/channels/ali").await, &["the probe of ali failed (unreachable", "channel probed"]);
    let entries = world.audit("channel.probe").await;
    assert_eq!((entries.len(), entries[0].actor.as_str(), entries[0].subject.as_str()), (1, "operator", "ali"));
}
