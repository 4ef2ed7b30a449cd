//! What an operator may set about the client.

use std::{collections::BTreeMap, time::Duration};

use crate::{Api, Secret};

/// Settings of a [`crate::Client`]; [`ClientConfig::new`] gives the defaults.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Where requests are posted, without `api_name` in the path. Default `http://api.tushare.pro`, the documented
    /// address; proxies and mirrors are common.
    pub base_url: String,
    /// The account's token.
    pub token: Secret,
    /// Calls per minute, where they differ from the vendor's published allowance (500; `stock_basic` 50).
    pub calls_per_minute: BTreeMap<Api, u32>,
    /// Rows per call, where they differ from the vendor's published limit.
    pub row_limits: BTreeMap<Api, usize>,
    /// Longest one request may take, connect and body included. Default 30 s.
    pub request_timeout: Duration,
    /// Attempts per request against transport failures. Default 5.
    pub max_attempts: u32,
    /// Wait before the second attempt; doubles with each further one. Default 1 s.
    pub backoff_base: Duration,
    /// Longest wait between two attempts. Default 30 s.
    pub backoff_cap: Duration,
    /// Seed of the jitter that lengthens each wait by up to a half; `None` = no jitter (tests). Default `None`.
    pub jitter_seed: Option<u64>,
    /// How often one request waits a minute for the allowance to return before it gives up. Default 5.
    pub max_minute_waits: u32,
    /// Most pages of one answer: a bound against a server that never ends. Default 100.
    pub max_pages: usize,
}

impl ClientConfig {
    /// The documented endpoint.
    pub const DEFAULT_BASE_URL: &'static str = "http://api.tushare.pro";

    /// Defaults for the account that `token` belongs to.
    pub fn new(token: Secret) -> Self {
        Self {
            base_url: Self::DEFAULT_BASE_URL.to_owned(),
            token,
            calls_per_minute: BTreeMap::new(),
            row_limits: BTreeMap::new(),
            request_timeout: Duration::from_secs(30),
            max_attempts: 5,
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(30),
            jitter_seed: None,
            max_minute_waits: 5,
            max_pages: 100,
        }
    }

    pub(crate) fn calls_per_minute(&self, api: Api) -> u32 {
        self.calls_per_minute.get(&api).copied().unwrap_or(api.endpoint().calls_per_minute).max(1)
    }

    pub(crate) fn row_limit(&self, api: Api) -> usize {
        self.row_limits.get(&api).copied().unwrap_or(api.endpoint().row_limit).max(1)
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/", self.base_url.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_the_configuration_hides_the_token() {
        let config = ClientConfig::new(Secret::new("f00dfeed\n"));
        let shown = format!("{config:?}");
        assert!(shown.contains("***") && !shown.contains("f00dfeed"), "{shown}");
        assert_eq!(config.token.expose(), "f00dfeed");
    }

    #[test]
    fn an_override_replaces_the_published_limit_of_its_interface_only() {
        let mut config = ClientConfig::new(Secret::new("t"));
        config.calls_per_minute.insert(Api::Daily, 200);
        assert_eq!(config.calls_per_minute(Api::Daily), 200);
        assert_eq!(config.calls_per_minute(Api::DailyBasic), 500);
        assert_eq!(config.calls_per_minute(Api::StockBasic), 50);
        assert_eq!(config.row_limit(Api::StkLimit), 5800);
    }
}
