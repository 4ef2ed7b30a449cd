//! The AKTools server.

use std::sync::Arc;

use anyhow::Context as _;
use daemon_kit::{clock::Clock, config::AktoolsConfig, http};
use source_aktools::{Client, ClientConfig, SERIES, series_named};

use super::Aktools;

pub(super) fn client(config: &AktoolsConfig, clock: &Clock) -> anyhow::Result<Arc<Aktools>> {
    if let Some(unknown) = config.series.iter().find(|series| series_named(series).is_none()) {
        let known = SERIES.iter().map(|series| series.name).collect::<Vec<_>>().join(", ");
        anyhow::bail!("ingest-worker.aktools.series: there is no series {unknown:?}; allowed are {known}");
    }
    let series = match &config.series[..] {
        [] => SERIES.iter().map(|series| series.name.to_owned()).collect(),
        some => some.to_vec(),
    };
    let mut client = ClientConfig::new(config.base_url.clone());
    client.request_timeout = config.request_timeout;
    client.max_attempts = config.max_attempts;
    client.jitter_seed = Some(u64::from(std::process::id()));
    let options = http::ClientOptions { request_timeout: config.request_timeout, ..http::ClientOptions::default() };
    let http = http::client(&options).context("make AKTools' HTTP client")?;
    let clock = clock.clone();
    Ok(Arc::new(Aktools { client: Client::new(http, client, Arc::new(move || clock.now())), series }))
}
