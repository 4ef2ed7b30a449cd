//! How a simulated Alpha Vantage behaves while nothing is wrong.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::Clock;

/// Settings of an [`AlphaVantageServer`](super::AlphaVantageServer).
#[derive(Clone)]
pub struct AlphaVantageOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// The one key it accepts.
    pub api_key: String,
    /// Whether the account is a paid one: adjusted bars, whole series, no limits.
    pub premium: bool,
    /// Requests per day of New York. Default 25; `None` = unlimited.
    pub requests_per_day: Option<u32>,
    /// Least time between two requests, by tokio's clock. Default one second; `None` = unlimited.
    pub min_interval: Option<Duration>,
    /// The time. `None` = after the world's last day, for ever.
    pub clock: Option<Clock>,
    /// Whether `/_sim/*` answers: `POST`, `GET` and `DELETE /_sim/faults`, `GET` and `DELETE /_sim/calls`.
    pub control: bool,
}

impl Default for AlphaVantageOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            api_key: "SIMULATEDKEY1234".to_owned(),
            premium: false,
            requests_per_day: Some(25),
            min_interval: Some(Duration::from_secs(1)),
            clock: None,
            control: true,
        }
    }
}

impl AlphaVantageOptions {
    /// A paid account.
    pub fn premium() -> Self {
        Self { premium: true, requests_per_day: None, min_interval: None, ..Self::default() }
    }
}

impl fmt::Debug for AlphaVantageOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlphaVantageOptions")
            .field("address", &self.address)
            .field("premium", &self.premium)
            .field("requests_per_day", &self.requests_per_day)
            .field("min_interval", &self.min_interval)
            .finish_non_exhaustive()
    }
}
