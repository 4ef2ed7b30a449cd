//! What the books tell: requests, usage, the audit log.

use reqwest::Method;
use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmRefusal};

use super::kit::Operated;

async fn asked() -> Operated {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 2)).await;
    gateway.llm.faults().next(1, "key-1", LlmFault::Refuse(LlmRefusal::Internal));
    for _ in 0..3 {
        assert_eq!(gateway.chat().await.0, 200);
    }
    assert_eq!(gateway.chat_of("no-such-model").await.0, 404);
    gateway
}

fn ids(told: &Value) -> Vec<String> {
    told["requests"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn requests_are_listed_newest_first_narrowed_and_page_by_page() {
    let gateway = asked().await;
    let all = gateway.get("/admin/requests").await;
    assert_eq!(ids(&all).len(), 4);
    assert_eq!(all["requests"][0]["model"], "no-such-model");
    for (query, count) in [
        ("profile=tester", 4),
        ("profile=nobody", 0),
        ("outcome=ok", 3),
        ("model=qwen-plus", 3),
        ("channel=key-2&outcome=ok", 2),
        ("since=2026-11-23T04:00:00Z", 4),
        ("since=2026-11-23T04:00:00.001Z", 0),
        ("until=2026-11-23T04:00:00Z", 0),
    ] {
        assert_eq!(ids(&gateway.get(&format!("/admin/requests?{query}")).await).len(), count, "{query}");
    }
    let mut pages = Vec::new();
    let mut path = "/admin/requests?limit=3&profile=tester".to_owned();
    loop {
        let page = gateway.ask(Method::GET, &path, None).await;
        pages.push(ids(&page.body));
        let Some(link) = page.link else { break };
        path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
    }
    assert_eq!(pages.iter().map(Vec::len).filter(|count| *count > 0).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(pages.concat(), ids(&all));
    for query in ["since=yesterday", "limit=0", "cursor=x", "color=red", "profile="] {
        assert_eq!(gateway.ask(Method::GET, &format!("/admin/requests?{query}"), None).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_request_tells_every_channel_that_was_considered_and_every_charge() {
    let gateway = asked().await;
    let all = gateway.get("/admin/requests?outcome=ok").await;
    let fell_back = all["requests"].as_array().unwrap().iter().find(|row| row["decision"][1]["channel"] == "key-2");
    let row = gateway.get(&format!("/admin/requests/{}", fell_back.unwrap()["id"].as_str().unwrap())).await;
    assert_eq!((&row["decision"][0]["channel"], &row["decision"][0]["outcome"]), (&json!("key-1"), &json!("broken")));
    let considered = row["decision"][1]["considered"].as_array().unwrap();
    assert!(considered.iter().any(|other| other["channel"] == "key-1" && other["lost"] == "tried"), "{row}");
    assert_eq!((&row["charges"][0]["channel"], &row["charges"][0]["day"]), (&json!("key-2"), &json!("2026-11-23")));
    assert!(row["charges"][0]["input_tokens"].as_u64().unwrap() > 0, "{row}");
    assert_eq!(row["cny"], row["charges"][0]["cny"]);
    assert_eq!(gateway.ask(Method::GET, "/admin/requests/0123456789abcdef", None).await.refusal(), (404, "not-found"));
}

#[tokio::test]
async fn usage_is_summed_by_whatever_is_asked_for_and_a_day_is_one_of_shanghai() {
    let gateway = asked().await;
    let sums = async |query: &str| -> Vec<(String, u64)> {
        let told = gateway.get(&format!("/admin/usage?{query}")).await;
        let lines = told["usage"].as_array().unwrap().iter();
        lines.map(|line| (line["key"].as_str().unwrap().to_owned(), line["requests"].as_u64().unwrap())).collect()
    };
    let line = |key: &str, requests| (key.to_owned(), requests);
    assert_eq!(sums("").await, [line("tester", 4)]);
    assert_eq!(sums("by=day").await, [line("2026-11-23", 4)]);
    assert_eq!(sums("by=day&from=2026-11-22&to=2026-11-24").await, [line("2026-11-23", 4)]);
    assert_eq!(sums("by=day&from=2026-11-24&to=2026-11-24").await, []);
    assert_eq!(sums("by=hour").await, [line("2026-11-23T04:00:00Z", 4)]);
    let mut by_channel = sums("by=channel").await;
    by_channel.sort();
    assert_eq!(by_channel, [line("", 1), line("key-1", 1), line("key-2", 2)]);
    assert_eq!(sums("by=model&channel=key-2").await, [line("qwen-plus", 2)]);
    assert_eq!(sums("by=day&model=qwen-plus").await, [line("2026-11-23", 3)]);
    assert_eq!(sums("by=day&profile=nobody").await, []);
    for query in ["by=color", "from=2026-11-24", "from=soon", "to=2026-11-22"] {
        assert_eq!(gateway.ask(Method::GET, &format!("/admin/usage?{query}"), None).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn the_audit_log_is_narrowed_and_paged() {
    let gateway = asked().await;
    for priority in 1..=3 {
        gateway.change("key-1", json!({"priority": priority})).await;
    }
    let count =
        async |query: &str| gateway.get(&format!("/admin/audit?{query}")).await["entries"].as_array().unwrap().len();
    assert_eq!((count("action=channel.change").await, count("actor=operator").await), (3, 4));
    assert_eq!((count("subject=key-2").await, count("until=2026-11-23T04:00:00Z").await), (0, 0));
    assert_eq!((count("actor=nobody").await, count("since=2026-11-23T04:00:00.001Z").await), (0, 0));
    let page = gateway.ask(Method::GET, "/admin/audit?limit=2&action=channel.change", None).await;
    let next = page.link.unwrap();
    let path = next.trim_start_matches('<').split('>').next().unwrap();
    let rest = gateway.get(path).await;
    assert_eq!((rest["entries"].as_array().unwrap().len(), &rest["entries"][0]["after"]), (1, &json!({"priority": 1})));
}
