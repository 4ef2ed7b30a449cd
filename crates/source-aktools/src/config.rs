//! What an operator may set about the client.

use std::time::Duration;

/// Settings of a [`crate::Client`]; [`ClientConfig::new`] gives the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// Where AKTools answers, for example `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Longest one call may take, the scraping behind it included. Default 90 s.
    pub request_timeout: Duration,
    /// Attempts per call against transport failures and the server's own errors. Default 3.
    pub max_attempts: u32,
    /// Wait before the second attempt; doubles with each further one. Default 5 s.
    pub backoff_base: Duration,
    /// Longest wait between two attempts. Default 60 s.
    pub backoff_cap: Duration,
    /// Seed of the jitter that lengthens each wait by up to a half; `None` = no jitter (tests). Default `None`.
    pub jitter_seed: Option<u64>,
}

impl ClientConfig {
    /// Where `python -m aktools` listens.
    pub const DEFAULT_BASE_URL: &'static str = "http://127.0.0.1:8080";

    /// Defaults for the server at `base_url`.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            request_timeout: Duration::from_secs(90),
            max_attempts: 3,
            backoff_base: Duration::from_secs(5),
            backoff_cap: Duration::from_secs(60),
            jitter_seed: None,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url.trim_end_matches('/'))
    }
}
