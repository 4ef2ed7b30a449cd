//! A client for tests.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use chrono::NaiveDate;
use source_alpha_vantage::{Client, ClientConfig, Clock, Secret};
use upstream_simulators::{AlphaVantageOptions, AlphaVantageServer, SimClock, World};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date YYYY-MM-DD")
}

/// Without waits and without an allowance: both are tested on a paused clock elsewhere.
pub(crate) fn config(base_url: &str, key: &str) -> ClientConfig {
    ClientConfig {
        base_url: base_url.to_owned(),
        min_interval: Duration::ZERO,
        requests_per_day: None,
        backoff_base: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(2),
        max_throttle_waits: 0,
        ..ClientConfig::new(Secret::new(key))
    }
}

pub(crate) fn client(config: ClientConfig, clock: Clock) -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of the same process may have come first; either way there is one now.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    Client::new(http, config, clock)
}

/// A server over a world, a client, and the one clock of both.
pub(crate) struct Setup {
    pub(crate) server: AlphaVantageServer,
    pub(crate) client: Client,
    pub(crate) world: Arc<World>,
    pub(crate) clock: SimClock,
    pub(crate) key: String,
}

pub(crate) async fn setup(world: World, options: AlphaVantageOptions) -> Setup {
    let world = Arc::new(world);
    let clock = SimClock::at(world.after_last_day());
    let (adjusted, key) = (options.premium, options.api_key.clone());
    let options = AlphaVantageOptions { clock: Some(clock.clock()), ..options };
    let server = AlphaVantageServer::start(Arc::clone(&world), options).await.expect("the simulator listens");
    let config = ClientConfig { adjusted, ..config(&server.url, &key) };
    let client = client(config, clock.clock());
    Setup { server, client, world, clock, key }
}
