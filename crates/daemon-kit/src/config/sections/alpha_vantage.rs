//! `[ingest-worker.alpha_vantage]`: Alpha Vantage, a small cross-check for what is listed abroad.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given},
        error::ConfigError,
        secret::Secret,
    },
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct AlphaVantageSettings {
    /// Whether Alpha Vantage is asked at all. Default false.
    pub(super) enabled: bool,
    /// Where it answers. Default "https://www.alphavantage.co".
    pub(super) base_url: String,
    /// The account's key, a secret; ALPHA_VANTAGE_API_KEY and ALPHA_VANTAGE_API_KEY_FILE in the environment serve too.
    /// Default: none.
    pub(super) api_key: Option<Secret>,
    /// File that holds the key instead. Default: none.
    pub(super) api_key_file: Option<PathBuf>,
    /// Bound on one call, seconds, 1 to 600. Default 30.
    pub(super) request_timeout_s: u64,
    /// Tries of one call before its job fails, 1 to 20. Default 3.
    pub(super) max_attempts: u32,
    /// Requests per day of New York that the account may make, 1 to 1000000. Default 25.
    pub(super) requests_per_day: u32,
    /// Least distance of two requests, ms, 0 to 60000. Default 1200.
    pub(super) request_spacing_ms: u64,
    /// Whether the account is a paid one: then dividends and splits are fetched too. Default false.
    pub(super) premium: bool,
    /// The codes that are watched, in our spelling. Default ["AAPL.US", "MSFT.US", "USDCNY.FX"].
    pub(super) codes: Vec<String>,
}

impl Default for AlphaVantageSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: "https://www.alphavantage.co".to_owned(),
            api_key: None,
            api_key_file: None,
            request_timeout_s: 30,
            max_attempts: 3,
            requests_per_day: 25,
            request_spacing_ms: 1200,
            premium: false,
            codes: ["AAPL.US", "MSFT.US", "USDCNY.FX"].map(str::to_owned).to_vec(),
        }
    }
}

/// `[ingest-worker.alpha_vantage]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlphaVantageConfig {
    /// Where it answers, without a slash at the end.
    pub base_url: String,
    /// The account's key.
    pub api_key: Secret,
    /// Bound on one call.
    pub request_timeout: Duration,
    /// Tries of one call before its job fails.
    pub max_attempts: u32,
    /// Requests per day of New York.
    pub requests_per_day: u32,
    /// Least distance of two requests.
    pub request_spacing: Duration,
    /// Whether the account is a paid one.
    pub premium: bool,
    /// The codes that are watched, in our spelling; the daemon parses them.
    pub codes: Vec<String>,
}

impl AlphaVantageSettings {
    /// None when Alpha Vantage is switched off.
    pub(super) fn resolve(&self, context: &Context) -> Result<Option<AlphaVantageConfig>, ConfigError> {
        let key = |name: &str| format!("ingest-worker.alpha_vantage.{name}");
        let base_url = values::base_url(context, &key("base_url"), &self.base_url)?;
        let request_timeout = values::seconds(context, &key("request_timeout_s"), self.request_timeout_s, 1..=600)?;
        let max_attempts = context.within(&key("max_attempts"), self.max_attempts, 1..=20)?;
        let requests_per_day = context.within(&key("requests_per_day"), self.requests_per_day, 1..=1_000_000)?;
        let spacing_ms = context.within(&key("request_spacing_ms"), self.request_spacing_ms, 0..=60_000)?;
        if !self.enabled {
            return Ok(None);
        }
        let given = Given {
            value: self.api_key.as_ref(),
            file: self.api_key_file.as_deref(),
            alias: Some("ALPHA_VANTAGE_API_KEY"),
        };
        let hint = "; or set `enabled = false` in that section";
        Ok(Some(AlphaVantageConfig {
            base_url,
            api_key: context.required_secret(&key("api_key"), given, hint)?,
            request_timeout,
            max_attempts,
            requests_per_day,
            request_spacing: Duration::from_millis(spacing_ms),
            premium: self.premium,
            codes: self.codes.clone(),
        }))
    }
}
