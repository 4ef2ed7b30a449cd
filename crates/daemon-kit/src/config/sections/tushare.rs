//! `[ingest-worker.tushare]`: the Tushare account.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given},
        error::ConfigError,
        secret::Secret,
    },
    values,
};

/// The interfaces that are called, and what stands for all others.
const APIS: [&str; 15] = [
    "default",
    "adj_factor",
    "daily",
    "daily_basic",
    "dividend",
    "fina_indicator",
    "fina_indicator_vip",
    "income",
    "income_vip",
    "index_daily",
    "namechange",
    "stk_limit",
    "stock_basic",
    "suspend_d",
    "trade_cal",
];
const DEFAULT_CALLS_PER_MINUTE: u32 = 200;

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct TushareSettings {
    /// Whether Tushare is asked at all. Default true.
    pub(super) enabled: bool,
    /// Where the API answers. Default "http://api.tushare.pro".
    pub(super) base_url: String,
    /// The account's token, a secret; TUSHARE_TOKEN and TUSHARE_TOKEN_FILE in the environment serve too. Default: none.
    pub(super) token: Option<Secret>,
    /// File that holds the token instead. Default: none.
    pub(super) token_file: Option<PathBuf>,
    /// Bound on one call, seconds, 1 to 600. Default 30.
    pub(super) request_timeout_s: u64,
    /// Tries of one call before its job fails, 1 to 20. Default 3.
    pub(super) max_attempts: u32,
    /// Calls per minute that the account's points allow, by interface; `default` is for those not named.
    /// Default {default = 200}.
    pub(super) calls_per_minute: BTreeMap<String, u32>,
}

impl Default for TushareSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            base_url: "http://api.tushare.pro".to_owned(),
            token: None,
            token_file: None,
            request_timeout_s: 30,
            max_attempts: 3,
            calls_per_minute: BTreeMap::from([("default".to_owned(), DEFAULT_CALLS_PER_MINUTE)]),
        }
    }
}

/// `[ingest-worker.tushare]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TushareConfig {
    /// Where the API answers, without a slash at the end.
    pub base_url: String,
    /// The account's token.
    pub token: Secret,
    /// Bound on one call.
    pub request_timeout: Duration,
    /// Tries of one call before its job fails.
    pub max_attempts: u32,
    /// Calls per minute by interface; `default`, always there, is for those not named.
    pub calls_per_minute: BTreeMap<String, u32>,
}

impl TushareSettings {
    /// None when Tushare is switched off.
    pub(super) fn resolve(&self, context: &Context) -> Result<Option<TushareConfig>, ConfigError> {
        const SECTION: &str = "ingest-worker.tushare";
        let key = |name: &str| format!("{SECTION}.{name}");
        let limits = key("calls_per_minute");
        for (api, calls) in &self.calls_per_minute {
            context.known_key(&limits, api, &APIS)?;
            context.within(&format!("{limits}.{api}"), *calls, 1..=100_000)?;
        }
        let mut calls_per_minute = self.calls_per_minute.clone();
        calls_per_minute.entry("default".to_owned()).or_insert(DEFAULT_CALLS_PER_MINUTE);
        let base_url = values::base_url(context, &key("base_url"), &self.base_url)?;
        let request_timeout_s = context.within(&key("request_timeout_s"), self.request_timeout_s, 1..=600)?;
        let max_attempts = context.within(&key("max_attempts"), self.max_attempts, 1..=20)?;
        if !self.enabled {
            return Ok(None);
        }
        let given =
            Given { value: self.token.as_ref(), file: self.token_file.as_deref(), alias: Some("TUSHARE_TOKEN") };
        let hint = "; or set `enabled = false` in that section";
        let token = context.required_secret(&key("token"), given, hint)?;
        let request_timeout = Duration::from_secs(request_timeout_s);
        Ok(Some(TushareConfig { base_url, token, request_timeout, max_attempts, calls_per_minute }))
    }
}
