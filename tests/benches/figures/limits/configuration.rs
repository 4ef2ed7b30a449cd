//! The configuration that ships for containers, with the addresses, folders and secrets of this machine.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use toml::{Table, Value};

use super::house::state;
use crate::place::{API_TOKEN, Place};

/// The operators' token, of every daemon that has operators.
pub(super) const ADMIN_TOKEN: &str = "figures-operators-token";

/// Keys of the provider behind the gateway.
const CHANNELS: usize = 5;

/// The simulated world outside.
pub(super) struct Outside {
    /// Sections of the sources.
    pub(super) vendors: String,
    /// The provider of models.
    pub(super) llm: String,
    pub(super) searxng: String,
}

/// `docker/twilight.toml` with what must differ here. What decides about memory stays as it ships.
///
/// # Errors
/// When it cannot be read.
pub(super) fn write(
    place: &Place,
    root: &Path,
    folder: &Path,
    (queue, cache): (&str, &str),
    outside: &Outside,
    gateway: Option<SocketAddr>,
) -> anyhow::Result<String> {
    let shipped = place.checkout()?.join("docker/twilight.toml");
    let text = std::fs::read_to_string(&shipped).with_context(|| format!("read {}", shipped.display()))?;
    let mut config: Table = text.parse().with_context(|| format!("parse {}", shipped.display()))?;
    remove_files(&mut config);
    let gateway = gateway.map_or_else(|| "127.0.0.1:1".to_owned(), |address| address.to_string());
    let here = format!(
        r#"
[warehouse]
root = "{root}"

[warehouse.parquet]
enabled = true
folder = "{root}/parquet"

[queue]
redis_url = "{queue}"

[telemetry]
format = "json"

[ingest-worker]
listen = "127.0.0.1:0"
keep_from = "2100-01-01"

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
published = "{root}/published"
state = "{quality}"
alerts = []

[quality-worker.schedule]
freshness = "off"
safety = "off"

[warehouse-api]
listen = "127.0.0.1:0"
published = "{root}/published"
token_cache = "{folder}/access-tokens.json"
tokens = [{{ name = "figures", token = "{API_TOKEN}", scopes = ["read", "search", "admin"] }}]

[warehouse-api.search]
gateway_url = "http://{gateway}"

[gateway-proxy]
listen = "127.0.0.1:0"
state = "{books}"
prices = "{folder}/prices.toml"
admin_token = "{ADMIN_TOKEN}"
default_price = {{ input = "0.8", output = "2" }}

[gateway-proxy.search]
searxng_url = "{searxng}"
cache_url = "{cache}"
per_minute = 100000
trusted_proxies = ["127.0.0.1"]

[profile-registry]
listen = "127.0.0.1:0"
state = "{registry}"
admin_token = "{ADMIN_TOKEN}"
gateway_url = "http://{gateway}"
gateway_token = "{ADMIN_TOKEN}"
anonymous_per_minute = 100000
max_profiles_per_owner = 5000
products = []
"#,
        root = root.display(),
        folder = folder.display(),
        vendors = outside.vendors,
        searxng = outside.searxng,
        quality = state(folder, "quality").display(),
        books = state(folder, "gateway").display(),
        registry = state(folder, "registry").display(),
    );
    let mut here: Table = here.parse().context("the overrides are no TOML")?;
    if let Some(Value::Table(gateway)) = here.get_mut("gateway-proxy") {
        gateway.insert("channels".to_owned(), channels(&outside.llm)?);
    }
    merge(&mut config, here);
    Ok(toml::to_string(&config)?)
}

/// Keys of the provider, with limits and budgets that are counted and never reached.
fn channels(llm: &str) -> anyhow::Result<Value> {
    let channel = |number: usize| -> anyhow::Result<Value> {
        let text = format!(
            r#"name = "key-{number}"
dialect = "openai"
base_url = "{llm}/v1"
key = "sk-figures-{number}"
models = ["mock"]
rpm = 1000000
tpm = 1000000000
max_in_flight = 10000
budget_cny_per_day = "1000000""#
        );
        Ok(Value::Table(text.parse()?))
    };
    Ok(Value::Array((1..=CHANNELS).map(channel).collect::<Result<_, _>>()?))
}

/// Secrets are in files there; here they stand in the configuration, which opens nothing.
fn remove_files(table: &mut Table) {
    table.retain(|key, _| !key.ends_with("_file"));
    for (_, value) in table.iter_mut() {
        if let Value::Table(table) = value {
            remove_files(table);
        }
    }
}

/// Puts `from` over `into`, key by key.
fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
