//! What an operator may set about the client.

use std::time::Duration;

use crate::Secret;

/// Settings of a [`crate::Client`]; [`ClientConfig::new`] gives the defaults of a free account.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Where requests go, without `/query`. Default `https://www.alphavantage.co`.
    pub base_url: String,
    /// The account's key.
    pub api_key: Secret,
    /// Whether to ask for the adjusted daily function, which brings dividends and splits and needs a paid account.
    /// Default false.
    pub adjusted: bool,
    /// Requests per day of New York. Default 25, the free allowance; `None` = unlimited.
    pub requests_per_day: Option<u32>,
    /// Least time between two requests. Default 1.2 s: the free allowance is one per second.
    pub min_interval: Duration,
    /// Longest one request may take, connect and body included. Default 30 s.
    pub request_timeout: Duration,
    /// Attempts per request against transport failures. Each counts against the day. Default 3.
    pub max_attempts: u32,
    /// How often one request waits after the vendor said that it comes too fast, before it gives up. Default 3.
    pub max_throttle_waits: u32,
    /// Wait before the second attempt; doubles with each further one. Default 2 s.
    pub backoff_base: Duration,
    /// Longest wait between two attempts. Default 30 s.
    pub backoff_cap: Duration,
    /// Seed of the jitter that lengthens each wait by up to a half; `None` = no jitter (tests). Default `None`.
    pub jitter_seed: Option<u64>,
}

impl ClientConfig {
    /// The usual host.
    pub const DEFAULT_BASE_URL: &'static str = "https://www.alphavantage.co";

    /// Defaults for the account that `api_key` belongs to.
    pub fn new(api_key: Secret) -> Self {
        Self {
            base_url: Self::DEFAULT_BASE_URL.to_owned(),
            api_key,
            adjusted: false,
            requests_per_day: Some(25),
            min_interval: Duration::from_millis(1200),
            request_timeout: Duration::from_secs(30),
            max_attempts: 3,
            max_throttle_waits: 3,
            backoff_base: Duration::from_secs(2),
            backoff_cap: Duration::from_secs(30),
            jitter_seed: None,
        }
    }
}
