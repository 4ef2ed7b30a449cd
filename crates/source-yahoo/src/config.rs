//! What an operator may set about the client.

use std::time::Duration;

/// Settings of a [`crate::Client`]; [`ClientConfig::default`] gives the defaults.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Where requests go, without `/v8/…`. Default `https://query1.finance.yahoo.com`; `query2` answers the same.
    pub base_url: String,
    /// The `User-Agent` of every request. Default: a browser's. Names of HTTP libraries are refused with 429.
    pub user_agent: String,
    /// Longest one request may take, connect and body included. Default 20 s.
    pub request_timeout: Duration,
    /// Attempts per request against transport failures and maintenance pages. Default 3.
    pub max_attempts: u32,
    /// Requests per minute, evenly spaced. Default 30.
    pub requests_per_minute: u32,
    /// How long the client rests after a 429, at least; up to half as long again by jitter, and twice as long after each
    /// further 429 in a row, up to eight times. Default 10 minutes.
    pub rate_limit_pause: Duration,
    /// Wait before the second attempt; doubles with each further one. Default 2 s.
    pub backoff_base: Duration,
    /// Longest wait between two attempts. Default 30 s.
    pub backoff_cap: Duration,
    /// Seed of the jitter that lengthens each wait by up to a half; `None` = no jitter (tests). Default `None`.
    pub jitter_seed: Option<u64>,
}

impl ClientConfig {
    /// The usual host.
    pub const DEFAULT_BASE_URL: &'static str = "https://query1.finance.yahoo.com";

    /// A browser's name: Yahoo refuses those of HTTP libraries.
    pub const DEFAULT_USER_AGENT: &'static str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            base_url: Self::DEFAULT_BASE_URL.to_owned(),
            user_agent: Self::DEFAULT_USER_AGENT.to_owned(),
            request_timeout: Duration::from_secs(20),
            max_attempts: 3,
            requests_per_minute: 30,
            rate_limit_pause: Duration::from_secs(600),
            backoff_base: Duration::from_secs(2),
            backoff_cap: Duration::from_secs(30),
            jitter_seed: None,
        }
    }
}
