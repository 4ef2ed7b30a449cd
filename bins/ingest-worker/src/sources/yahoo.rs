//! Yahoo and the codes that are watched there.

use std::sync::Arc;

use anyhow::Context as _;
use daemon_kit::{clock::Clock, config::YahooConfig, http};
use source_yahoo::{Client, ClientConfig};

use super::{Watched, codes};

pub(super) fn client(config: &YahooConfig, clock: &Clock) -> anyhow::Result<Arc<Watched<Client>>> {
    let codes = codes::parse("ingest-worker.yahoo.codes", &config.codes)?;
    let client = ClientConfig {
        base_url: config.base_url.clone(),
        user_agent: config.user_agent.clone(),
        request_timeout: config.request_timeout,
        max_attempts: config.max_attempts,
        requests_per_minute: config.requests_per_minute,
        rate_limit_pause: config.rate_limit_pause,
        jitter_seed: Some(u64::from(std::process::id())),
        ..ClientConfig::default()
    };
    let options = http::ClientOptions {
        request_timeout: config.request_timeout,
        user_agent: config.user_agent.clone(),
        ..http::ClientOptions::default()
    };
    let http = http::client(&options).context("make Yahoo's HTTP client: ingest-worker.yahoo.user_agent")?;
    let clock = clock.clone();
    let client = Client::new(http, client, Arc::new(move || clock.now()));
    Ok(Arc::new(Watched { client, codes, history_from: config.history_from }))
}
