//! The configuration file of a gateway's stage.

use std::{fmt::Write as _, path::Path};

use upstream_simulators::{LlmDialect, LlmOptions, LlmServer};

use super::ADMIN_TOKEN;

/// How the gateway of a stage is configured. Prices are always those that the provider bills by.
#[derive(Clone)]
pub struct GatewaySettings {
    /// The provider; every key of it is a channel of the same name.
    pub llm: LlmOptions,
    /// The only model there is, unless `more` says otherwise.
    pub model: String,
    /// Requests per minute of each channel; 0 is no bound.
    pub rpm: u32,
    /// Tokens per minute of each channel; 0 is no bound.
    pub tpm: u64,
    /// Yuan a day of each channel, or `none`.
    pub budget: String,
    /// Further lines of `[gateway-proxy]`.
    pub gateway: String,
    /// Further lines of every channel.
    pub channel: String,
    /// Further tables.
    pub more: String,
}

impl GatewaySettings {
    /// So many keys of DashScope, without limits and budgets.
    pub fn keys(count: usize) -> Self {
        Self {
            llm: LlmOptions::with_keys(LlmDialect::DashScope, count),
            model: "qwen-plus".to_owned(),
            rpm: 0,
            tpm: 0,
            budget: "none".to_owned(),
            gateway: String::new(),
            channel: String::new(),
            more: String::new(),
        }
    }
}

/// The text of `twilight.toml`.
pub(super) fn configuration(settings: &GatewaySettings, folder: &Path, redis: Option<&str>, llm: &LlmServer) -> String {
    let (state, prices) = (folder.join("gateway"), folder.join("prices.toml"));
    let queue = redis.map(|url| format!("[queue]\nredis_url = \"{url}\"\n\n")).unwrap_or_default();
    let mut text = format!(
        r#"{queue}[telemetry]
format = "json"

[gateway-proxy]
listen = "127.0.0.1:0"
state = "{}"
prices = "{}"
admin_token = "{ADMIN_TOKEN}"
{}

[gateway-proxy.jobs]
reconcile_balances = "off"
retry_pause_ms = 200
heartbeat_ms = 250
missed_heartbeats = 8
"#,
        state.display(),
        prices.display(),
        settings.gateway,
    );
    let GatewaySettings { model, rpm, tpm, budget, channel, .. } = settings;
    let (dialect, base_url) = (settings.llm.dialect.name(), llm.base_url());
    for key in llm.keys() {
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            r#"
[[gateway-proxy.channels]]
name = "{}"
dialect = "{dialect}"
base_url = "{base_url}"
account = "{}"
key = "{}"
models = ["{model}"]
rpm = {rpm}
tpm = {tpm}
budget_cny_per_day = "{budget}"
{channel}
"#,
            key.name, key.account, key.secret,
        );
    }
    text + &settings.more
}

/// The provider's prices, as an operator writes them down.
pub(super) fn prices(settings: &GatewaySettings) -> String {
    // Nano-yuan per token are thousandths of yuan per million tokens.
    let yuan = |nano: u64| format!("{}.{:03}", nano / 1000, nano % 1000);
    let listed = settings.llm.prices.get(&settings.model);
    let price = listed.copied().unwrap_or(settings.llm.price);
    format!(
        "[[prices]]\nmodel = \"{}\"\nfrom = \"2026-01-01\"\ninput = \"{}\"\ncached_input = \"{}\"\noutput = \"{}\"\n",
        settings.model,
        yuan(price.input),
        yuan(price.cached_input),
        yuan(price.output),
    )
}
