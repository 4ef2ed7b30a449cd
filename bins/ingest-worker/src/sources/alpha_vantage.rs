//! The Alpha Vantage account and the codes that are watched there.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::NaiveDate;
use daemon_kit::{clock::Clock, config::AlphaVantageConfig, http};
use source_alpha_vantage::{Client, ClientConfig, Secret};

use super::{Watched, codes};

/// The vendor's histories begin in 2000; a free account has the last hundred days, whatever is asked for.
const HISTORY_FROM: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a valid date");

pub(super) fn client(config: &AlphaVantageConfig, clock: &Clock) -> anyhow::Result<Arc<Watched<Client>>> {
    let codes = codes::parse("ingest-worker.alpha_vantage.codes", &config.codes)?;
    let client = ClientConfig {
        base_url: config.base_url.clone(),
        adjusted: config.premium,
        requests_per_day: Some(config.requests_per_day),
        min_interval: config.request_spacing,
        request_timeout: config.request_timeout,
        max_attempts: config.max_attempts,
        jitter_seed: Some(u64::from(std::process::id())),
        ..ClientConfig::new(Secret::new(config.api_key.expose()))
    };
    let options = http::ClientOptions { request_timeout: config.request_timeout, ..http::ClientOptions::default() };
    let http = http::client(&options).context("make Alpha Vantage's HTTP client")?;
    let clock = clock.clone();
    let client = Client::new(http, client, Arc::new(move || clock.now()));
    Ok(Arc::new(Watched { client, codes, history_from: HISTORY_FROM }))
}
