//! The configuration file of a search's stage.

use std::path::Path;

use crate::{API_TOKEN, gateway::ADMIN_TOKEN};

/// How the daemons of a stage are configured. This host is trusted to name callers.
#[derive(Clone, Debug, Default)]
pub struct SearchSettings {
    /// Further lines of `[gateway-proxy.search]`.
    pub search: String,
    /// Further tables.
    pub more: String,
}

/// Where everybody is.
pub(super) struct Places<'a> {
    pub(super) folder: &'a Path,
    pub(super) queue: &'a str,
    pub(super) cache: &'a str,
    pub(super) searxng: &'a str,
    /// The gateway that warehouse-api asks.
    pub(super) gateway: &'a str,
}

/// The text of `twilight.toml`.
pub(super) fn configuration(places: &Places<'_>, settings: &SearchSettings) -> String {
    let at = |name: &str| places.folder.join(name).display().to_string();
    let SearchSettings { search, more } = settings;
    format!(
        r#"[queue]
redis_url = "{queue}"

[telemetry]
format = "json"

[warehouse]
root = "{root}"

[warehouse-api]
listen = "127.0.0.1:0"
memory_limit_mb = 64
token_cache = "{token_cache}"
tokens = [{{ name = "tests", token = "{API_TOKEN}", scopes = ["search"] }}]

[warehouse-api.search]
gateway_url = "{gateway}"

[gateway-proxy]
listen = "127.0.0.1:0"
state = "{state}"
prices = "{prices}"
admin_token = "{ADMIN_TOKEN}"

[gateway-proxy.search]
searxng_url = "{searxng}"
cache_url = "{cache}"
cache_timeout_ms = 3000
trusted_proxies = ["127.0.0.1"]
{search}

[gateway-proxy.jobs]
reconcile_balances = "off"

{more}
"#,
        queue = places.queue,
        root = at("warehouse"),
        token_cache = at("access-tokens.json"),
        gateway = places.gateway,
        state = at("gateway"),
        prices = at("prices.toml"),
        searxng = places.searxng,
        cache = places.cache,
    )
}
