//! A client for tests.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use chrono::NaiveDate;
use source_yahoo::{Client, ClientConfig, Clock};
use upstream_simulators::{SimClock, World, WorldSpec, YahooOptions, YahooServer};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date YYYY-MM-DD")
}

/// Without waits: pace and backoff are tested on a paused clock elsewhere.
pub(crate) fn config(base_url: &str) -> ClientConfig {
    ClientConfig {
        base_url: base_url.to_owned(),
        requests_per_minute: 1_000_000,
        backoff_base: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(2),
        ..ClientConfig::default()
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
    pub(crate) server: YahooServer,
    pub(crate) client: Client,
    pub(crate) world: Arc<World>,
    pub(crate) clock: SimClock,
}

pub(crate) async fn setup() -> Setup {
    setup_over(World::generate(&WorldSpec::small()), YahooOptions::default()).await
}

pub(crate) async fn setup_over(world: World, options: YahooOptions) -> Setup {
    let world = Arc::new(world);
    let clock = SimClock::at(world.after_last_day());
    let options = YahooOptions { clock: Some(clock.clock()), ..options };
    let server = YahooServer::start(Arc::clone(&world), options).await.expect("the simulator listens");
    let client = client(config(&server.url), clock.clock());
    Setup { server, client, world, clock }
}
