//! The Tushare account.

use std::sync::Arc;

use anyhow::Context as _;
use daemon_kit::{clock::Clock, config::TushareConfig, http};
use source_tushare::{Api, Client, ClientConfig, Secret};

pub(super) fn client(config: &TushareConfig, clock: &Clock) -> anyhow::Result<Arc<Client>> {
    let mut client = ClientConfig::new(Secret::new(config.token.expose()));
    client.base_url.clone_from(&config.base_url);
    client.request_timeout = config.request_timeout;
    client.max_attempts = config.max_attempts;
    client.jitter_seed = Some(u64::from(std::process::id()));
    let default = config.calls_per_minute.get("default").copied();
    for api in Api::ALL {
        if let Some(calls) = config.calls_per_minute.get(api.name()).copied().or(default) {
            client.calls_per_minute.insert(api, calls);
        }
    }
    let options = http::ClientOptions { request_timeout: config.request_timeout, ..http::ClientOptions::default() };
    let http = http::client(&options).context("make Tushare's HTTP client")?;
    let clock = clock.clone();
    Ok(Arc::new(Client::new(http, client, Arc::new(move || clock.now()))))
}
