//! The search's part of the demo's configuration.

use std::net::SocketAddr;

/// The gateway's section; this host is believed about whose search it is, because all of the demo runs on it.
pub(crate) fn text(searxng: &str, cache: &str) -> String {
    format!(
        r#"
[gateway-proxy.search]
searxng_url = "{searxng}"
cache_url = "{cache}"
cache_timeout_ms = 3000
trusted_proxies = ["127.0.0.1"]
"#
    )
}

/// warehouse-api's section.
pub(crate) fn api(gateway: SocketAddr) -> String {
    format!("\n[warehouse-api.search]\ngateway_url = \"http://{gateway}\"\n")
}
