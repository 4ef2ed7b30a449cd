//! `twilight search status`.

use chrono::{DateTime, Utc};
use daemon_kit::config::Config;
use serde_json::Value;

use crate::{
    commands::gateway_api::GatewayApi,
    table::{Output, instant, table},
};

pub(super) async fn run(config: &Config, output: Output) -> anyhow::Result<()> {
    let answer = GatewayApi::open(config)?.get("/admin/search", &[]).await?;
    output.print(&answer, shown)
}

fn shown(answer: &Value) -> String {
    if answer["configured"] != true {
        return "the gateway has no web search: gateway-proxy.search.searxng_url is not configured".to_owned();
    }
    let at = |value: &Value| value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let engines = answer["engines"].as_array().map_or(&[][..], Vec::as_slice);
    let rows = engines.iter().map(|engine| {
        let failure = &engine["last_failure"];
        [
            text(&engine["name"]),
            text(&engine["state"]),
            instant(at(&engine["until"])),
            instant(at(&engine["last_answer"])),
            instant(at(&failure["at"])),
            text(&failure["reason"]),
        ]
    });
    let engines = table(["engine", "state", "until", "last answer", "last failure", "reason"], rows);
    let (cache, callers) = (text(&answer["cache"]), &answer["callers"]);
    format!("{engines}\ncache: {cache}; callers of the last minute: {callers}, {} searches each", answer["per_minute"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_resting_engine_shows_its_reason_and_a_gateway_without_search_says_so() {
        let engine = json!({"name": "baidu", "state": "rests", "until": "2026-11-23T05:00:00Z", "last_answer": null,
                            "last_failure": {"at": "2026-11-23T04:00:00Z", "reason": "CAPTCHA"}});
        let text =
            shown(&json!({"configured": true, "per_minute": 10, "callers": 3, "cache": "up", "engines": [engine]}));
        assert!(text.contains("2026-11-23 13:00:00") && text.contains("CAPTCHA"), "{text}");
        assert!(text.ends_with("cache: up; callers of the last minute: 3, 10 searches each"), "{text}");
        assert!(shown(&json!({"configured": false})).contains("searxng_url"));
    }
}
