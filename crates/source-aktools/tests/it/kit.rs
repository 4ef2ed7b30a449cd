//! A simulated server and a client for it.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use chrono::NaiveDate;
use source_aktools::{Client, ClientConfig};
use upstream_simulators::{AktoolsOptions, AktoolsServer, Market, MarketSpec, SimClock};

pub(crate) struct Setup {
    pub(crate) server: AktoolsServer,
    pub(crate) client: Client,
    pub(crate) market: Arc<Market>,
    pub(crate) clock: SimClock,
    pub(crate) config: ClientConfig,
}

/// A time of the small market's range in Shanghai, in the evening.
pub(crate) const EVENING: &str = "2024-03-29T20:00:00";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date YYYY-MM-DD")
}

pub(crate) async fn setup() -> Setup {
    setup_at(EVENING).await
}

/// Everything at one time in Shanghai.
pub(crate) async fn setup_at(local: &str) -> Setup {
    let market = Arc::new(Market::generate(&MarketSpec::small()));
    let clock = SimClock::at_shanghai(local.parse().expect("a time YYYY-MM-DDThh:mm:ss"));
    let options = AktoolsOptions { clock: Some(clock.clock()), ..AktoolsOptions::default() };
    let server = AktoolsServer::start(Arc::clone(&market), options).await.expect("the simulator listens");
    let config = config(&server.url);
    let client = client(config.clone(), &clock);
    Setup { server, client, market, clock, config }
}

pub(crate) fn config(base_url: &str) -> ClientConfig {
    ClientConfig {
        backoff_base: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(2),
        ..ClientConfig::new(base_url)
    }
}

pub(crate) fn client(config: ClientConfig, clock: &SimClock) -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of the same process may have come first; either way there is one now.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    Client::new(http, config, clock.clock())
}
