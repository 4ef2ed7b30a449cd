//! The gateway's books: tokens, usage, a channel whose key is sealed in them.

use serde_json::{Value, json};

use super::Site;
use crate::gateway::{Caller, Gateway};

const PROFILE: &str = "research-bot";
/// The channel that is stored in the books.
const STORED: &str = "stored";

/// The gateway runs on: the registry needs it.
pub(super) async fn write(site: &Site) -> (Gateway, Value) {
    let gateway = Gateway::start(site.command("gateway-proxy")).await;
    let mut stored = definition(site);
    stored["name"] = json!(STORED);
    stored["key"] = json!(site.llm.keys()[1].secret);
    let (status, told) = gateway.admin("POST", "/admin/channels", Some(stored)).await;
    assert_eq!(status, 201, "{told}");
    let caller = gateway.caller(PROFILE).await;
    for number in 0..6 {
        assert_eq!(caller.chat(json!({ "max_tokens": 8 + number })).await.status, 200);
    }
    let usage = crate::eventually("six requests are booked", async || {
        let usage = usage(&gateway, None).await;
        (usage["usage"][0]["requests"] == 6).then_some(usage)
    })
    .await;
    let day = usage["from"].clone();
    let books = json!({ "token": caller.token, "day": day, "usage": usage["usage"], "tokens": ids(&gateway).await });
    (gateway, books)
}

pub(super) async fn goes_on(site: &Site, written: &Value) -> Gateway {
    let gateway = Gateway::start(site.command("gateway-proxy")).await;
    let day = written["day"].as_str().unwrap();
    assert_eq!(usage(&gateway, Some(day)).await["usage"], written["usage"], "who spent what on {day}");
    let known = ids(&gateway).await;
    for id in written["tokens"].as_array().unwrap() {
        assert!(known.contains(id), "{id} is gone: {known:?}");
    }
    // The stored channel alone, at the provider's address of today: its key was sealed by the version before.
    let (status, told) = gateway.admin("PUT", &format!("/admin/channels/{STORED}"), Some(definition(site))).await;
    assert_eq!(status, 200, "{told}");
    let off = json!({ "enabled": false });
    assert_eq!(gateway.admin("PATCH", "/admin/channels/configured", Some(off)).await.0, 200);
    let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    let caller = Caller::new(gateway.url(), written["token"].as_str().unwrap(), client);
    let said = caller.chat(json!({})).await;
    assert_eq!((said.status, said.channel()), (200, STORED), "{said:?}");
    gateway
}

fn definition(site: &Site) -> Value {
    json!({ "dialect": "dashscope", "base_url": site.llm.base_url(), "models": ["qwen-plus"],
            "budget_cny_per_day": "100" })
}

async fn usage(gateway: &Gateway, day: Option<&str>) -> Value {
    let days = day.map(|day| format!("&from={day}&to={day}")).unwrap_or_default();
    gateway.get(&format!("/admin/usage?by=profile&profile={PROFILE}{days}")).await
}

async fn ids(gateway: &Gateway) -> Vec<Value> {
    let listed = gateway.get("/admin/tokens").await;
    listed["tokens"].as_array().unwrap().iter().map(|token| token["id"].clone()).collect()
}
