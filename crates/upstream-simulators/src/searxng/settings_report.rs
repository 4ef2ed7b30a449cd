//! `/config`: what the settings come to.

use serde_json::{Value, json};

use super::{engine::SearxngEngine, options::SearxngOptions};

pub(super) fn report(options: &SearxngOptions) -> Value {
    let engine = |engine: &SearxngEngine| {
        json!({
            "name": engine.name,
            "categories": engine.categories,
            "shortcut": engine.shortcut,
            "enabled": options.enabled.contains(&engine.name),
            "paging": engine.paging,
            "language_support": !engine.chinese,
            "languages": if engine.chinese { json!([]) } else { json!(["de", "en", "fr", "ja", "zh"]) },
            "regions": if engine.chinese { json!([]) } else { json!(["en-US", "zh-CN"]) },
            "safesearch": !engine.chinese,
            "time_range_support": engine.time_range,
            "timeout": engine.timeout_ms as f64 / 1_000.0,
        })
    };
    let engines: Vec<_> = SearxngEngine::ALL.iter().map(engine).collect();
    json!({
        "categories": ["general", "web", "news"],
        "engines": engines,
        "plugins": [{"name": "calculator", "enabled": true}, {"name": "tracker_url_remover", "enabled": true}],
        "instance_name": "SearXNG",
        "locales": {"en": "English", "zh-Hans-CN": "中文 (中国)"},
        "default_locale": "",
        "autocomplete": "",
        "safe_search": 0,
        "default_theme": "simple",
        "version": "2026.6.19+93f66bfb4",
        "brand": {
            "PRIVACYPOLICY_URL": false,
            "CONTACT_URL": false,
            "GIT_URL": "https://github.com/searxng/searxng",
            "GIT_BRANCH": "master",
            "DOCS_URL": "https://docs.searxng.org/",
        },
        "limiter": {
            "enabled": options.limiter.is_some(),
            "botdetection.ip_limit.link_token": false,
            "botdetection.ip_lists.pass_searxng_org": true,
        },
        "doi_resolvers": ["oadoi.org"],
        "default_doi_resolver": "oadoi.org",
        "public_instance": false,
    })
}
