//! `[ingest-worker.yahoo]`: Yahoo's chart API, for what is listed abroad.

use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// A browser's: library defaults are refused.
const USER_AGENT: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const CODES: [&str; 13] = [
    "HSI.IDX",
    "GSPC.IDX",
    "IXIC.IDX",
    "DJI.IDX",
    "N225.IDX",
    "VIX.IDX",
    "0700.HK",
    "9988.HK",
    "AAPL.US",
    "MSFT.US",
    "NVDA.US",
    "USDCNY.FX",
    "EURUSD.FX",
];

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct YahooSettings {
    /// Whether Yahoo is asked at all. Default false.
    pub(super) enabled: bool,
    /// Where it answers. Default "https://query1.finance.yahoo.com".
    pub(super) base_url: String,
    /// What the client says it is; library defaults are refused. Default: a browser.
    pub(super) user_agent: String,
    /// Bound on one call, seconds, 1 to 600. Default 30.
    pub(super) request_timeout_s: u64,
    /// Tries of one call before its job fails, 1 to 20. Default 3.
    pub(super) max_attempts: u32,
    /// Requests per minute, 1 to 6000. Default 30.
    pub(super) requests_per_minute: u32,
    /// Pause of all requests after it said "Too Many Requests", seconds, 1 to 86400. Default 600.
    pub(super) rate_limit_pause_s: u64,
    /// The codes that are watched, in our spelling. Default: indices, a few shares of Hong Kong and New York, currencies.
    pub(super) codes: Vec<String>,
    /// First day of a code that is fetched for the first time. Default "2016-01-01".
    pub(super) history_from: String,
}

impl Default for YahooSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: "https://query1.finance.yahoo.com".to_owned(),
            user_agent: USER_AGENT.to_owned(),
            request_timeout_s: 30,
            max_attempts: 3,
            requests_per_minute: 30,
            rate_limit_pause_s: 600,
            codes: CODES.map(str::to_owned).to_vec(),
            history_from: "2016-01-01".to_owned(),
        }
    }
}

/// `[ingest-worker.yahoo]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YahooConfig {
    /// Where it answers, without a slash at the end.
    pub base_url: String,
    /// What the client says it is.
    pub user_agent: String,
    /// Bound on one call.
    pub request_timeout: Duration,
    /// Tries of one call before its job fails.
    pub max_attempts: u32,
    /// Requests per minute.
    pub requests_per_minute: u32,
    /// Pause of all requests after it said "Too Many Requests".
    pub rate_limit_pause: Duration,
    /// The codes that are watched, in our spelling; the daemon parses them.
    pub codes: Vec<String>,
    /// First day of a code that is fetched for the first time.
    pub history_from: NaiveDate,
}

impl YahooSettings {
    /// None when Yahoo is switched off.
    pub(super) fn resolve(&self, context: &Context) -> Result<Option<YahooConfig>, ConfigError> {
        let key = |name: &str| format!("ingest-worker.yahoo.{name}");
        let pause = values::seconds(context, &key("rate_limit_pause_s"), self.rate_limit_pause_s, 1..=86_400)?;
        let config = YahooConfig {
            base_url: values::base_url(context, &key("base_url"), &self.base_url)?,
            user_agent: self.user_agent.clone(),
            request_timeout: values::seconds(context, &key("request_timeout_s"), self.request_timeout_s, 1..=600)?,
            max_attempts: context.within(&key("max_attempts"), self.max_attempts, 1..=20)?,
            requests_per_minute: context.within(&key("requests_per_minute"), self.requests_per_minute, 1..=6000)?,
            rate_limit_pause: pause,
            codes: self.codes.clone(),
            history_from: values::date(context, &key("history_from"), &self.history_from)?,
        };
        Ok(self.enabled.then_some(config))
    }
}
