//! The configuration of the demo's daemons.

use std::{net::SocketAddr, path::Path};

/// The API's token; it opens nothing outside this demo.
pub(crate) const API_TOKEN: &str = "twilight-demo-token";

/// Every job is sent by the demo, or follows from a publish: nothing is scheduled. `vendors` are the sections of the vendors,
/// `told` is the URL where alerts are posted, `api` is where warehouse-api is to listen.
pub(super) fn text(folder: &Path, redis: &str, vendors: &str, told: &str, api: SocketAddr) -> String {
    let root = folder.join("warehouse");
    let (root, state) = (root.display(), folder.join("quality"));
    let (state, tokens) = (state.display(), folder.join("access-tokens.json"));
    let tokens = tokens.display();
    format!(
        r#"# written by `twilight demo`
[warehouse]
root = "{root}"
memory_limit_mb = 1024

[queue]
redis_url = "{redis}"

[telemetry]
format = "json"

[ingest-worker]
listen = "127.0.0.1:0"
publish_coalesce_ms = 3000
bookkeeping_every_s = 1

[ingest-worker.schedule]
daily_market = "off"
tdx_daily_market = "off"
global_market = "off"
macro_series = "off"
fundamentals = "off"
backfill = "off"
reference = "off"
expire_features = "off"
compact = "off"

{vendors}
[quality-worker]
listen = "127.0.0.1:0"
state = "{state}"
poll_ms = 100

[quality-worker.disk]
folders = []

[quality-worker.schedule]
freshness = "off"
safety = "off"

[[quality-worker.alerts]]
name = "demo"
kind = "webhook"
url = "{told}"

[warehouse-api]
listen = "{api}"
poll_ms = 100
token_cache = "{tokens}"
tokens = [{{ name = "demo", token = "{API_TOKEN}", scopes = ["read", "search", "admin"] }}]
"#
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use daemon_kit::config::{Config, Environment};
    use upstream_simulators::{Market, MarketSpec, Vendors, World, WorldSpec};

    use super::*;

    #[tokio::test]
    async fn the_written_configuration_is_one_the_daemons_accept() {
        let market = Arc::new(Market::generate(&MarketSpec::small()));
        let world = Arc::new(World::generate(&WorldSpec::small()));
        let vendors = Vendors::start(&market, &world, 2).await.unwrap();
        let llm = crate::demo::gateway::provider().await.unwrap();
        let folder = Path::new("somewhere");
        let [gateway, api, registry] = [3000, 8000, 8200].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let text = text(folder, "redis://127.0.0.1:1/", &vendors.configuration(), "http://127.0.0.1:1/hook", api)
            + &crate::demo::gateway::configuration(folder, &llm, gateway)
            + &crate::demo::search::configuration("http://127.0.0.1:8080", "redis://127.0.0.1:2/")
            + &crate::demo::search::api(gateway)
            + &crate::demo::profiles::configuration(
                folder,
                [gateway, api, registry],
                &upstream_simulators::WechatPay::default(),
                Path::new("key.pem"),
            );
        let config = Config::from_toml(&text, "demo", &Environment::default()).unwrap();
        let worker = config.ingest_worker().unwrap();
        assert_eq!(worker.tdx.unwrap().servers.len(), 2);
        assert!(worker.aktools.is_some() && worker.yahoo.is_some() && worker.alpha_vantage.is_some());
        config.warehouse_api().unwrap();
        assert_eq!(config.quality_worker().unwrap().alerts.len(), 1);
        let registry = config.profile_registry().unwrap();
        assert!(registry.wechat.is_some() && registry.products.len() == 1 && registry.gateway_token.is_some());
        let gateway = config.gateway_proxy().unwrap();
        assert!(gateway.search.is_some());
        assert_eq!((gateway.channels.len(), gateway.channels[0].key.expose()), (5, "sk-sim-key-1"));
    }
}
