//! `[gateway-proxy.search]`: web search through a SearXNG of one's own.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given},
        error::ConfigError,
        secret::Secret,
    },
    networks::{self, Network},
    queue,
    search_fresh::{SearchFreshConfig, SearchFreshSettings},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct GatewaySearchSettings {
    /// Where SearXNG answers. Default: none, there is no search.
    pub(super) searxng_url: Option<String>,
    /// Redis of the cache, not that of the queues: it evicts. A secret. Default: none, answers are not kept.
    pub(super) cache_url: Option<Secret>,
    /// File that holds it instead. Default: none.
    pub(super) cache_url_file: Option<PathBuf>,
    /// How long the cache may take before a search goes on without it, ms, 1 to 10000. Default 50.
    pub(super) cache_timeout_ms: u64,
    /// What the names of cached answers are keyed with, a secret of 32 characters or more. Default: none, one is drawn
    /// and kept in `search.key` in the gateway's folder.
    pub(super) cache_key: Option<Secret>,
    /// File that holds it instead. Default: none.
    pub(super) cache_key_file: Option<PathBuf>,
    /// Bound on SearXNG's answer, ms, 100 to 120000. Default 6000.
    pub(super) timeout_ms: u64,
    /// Searches of one caller in 60 s, 1 to 100000. Default 10.
    pub(super) per_minute: u32,
    /// Callers without a token are let in. Default: where `listen` is a loopback address.
    pub(super) anonymous: Option<bool>,
    /// Addresses and networks whose `x-forwarded-for` and `x-twilight-caller` are believed. Default: none.
    pub(super) trusted_proxies: Vec<String>,
    /// Ids of tokens whose `x-twilight-caller` is believed, wherever they come from. Default: none.
    pub(super) trusted_tokens: Vec<String>,
    /// Engines for Chinese queries, by SearXNG's names. Default baidu, sogou, 360search, bing.
    pub(super) engines_chinese: Vec<String>,
    /// Engines for all other queries. Default google, duckduckgo, brave, yep.
    pub(super) engines_global: Vec<String>,
    /// How old an answer may be that stands in for engines that fail, hours, 0 to 8760; 0 is never. Default 168.
    pub(super) stale_for_h: u64,
    /// How long an answer is as good as new.
    pub(super) fresh_s: SearchFreshSettings,
}

impl Default for GatewaySearchSettings {
    fn default() -> Self {
        let engines = |names: [&str; 4]| names.map(str::to_owned).to_vec();
        Self {
            searxng_url: None,
            cache_url: None,
            cache_url_file: None,
            cache_timeout_ms: 50,
            cache_key: None,
            cache_key_file: None,
            timeout_ms: 6_000,
            per_minute: 10,
            anonymous: None,
            trusted_proxies: Vec::new(),
            trusted_tokens: Vec::new(),
            engines_chinese: engines(["baidu", "sogou", "360search", "bing"]),
            engines_global: engines(["google", "duckduckgo", "brave", "yep"]),
            stale_for_h: 168,
            fresh_s: SearchFreshSettings::default(),
        }
    }
}

/// `[gateway-proxy.search]`, checked; there is none where no SearXNG is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySearchConfig {
    /// Where SearXNG answers.
    pub searxng: Url,
    /// Redis of the cache.
    pub cache: Option<Secret>,
    /// How long the cache may take before a search goes on without it.
    pub cache_timeout: Duration,
    /// What the names of cached answers are keyed with; none where one is to be drawn and kept.
    pub cache_key: Option<Secret>,
    /// Bound on SearXNG's answer.
    pub timeout: Duration,
    /// Searches of one caller in 60 s.
    pub per_minute: u32,
    /// Callers without a token are let in.
    pub anonymous: bool,
    /// Whose word about callers is believed, by address.
    pub trusted_proxies: Vec<Network>,
    /// Whose word about callers is believed, by the token's id.
    pub trusted_tokens: BTreeSet<String>,
    /// Engines for Chinese queries; not empty.
    pub engines_chinese: Vec<String>,
    /// Engines for all other queries; not empty.
    pub engines_global: Vec<String>,
    /// How old an answer may be that stands in for engines that fail.
    pub stale_for: Duration,
    /// How long an answer is as good as new.
    pub fresh_for: SearchFreshConfig,
}

impl GatewaySearchSettings {
    pub(super) fn resolve(
        &self,
        context: &Context,
        listen: SocketAddr,
    ) -> Result<Option<GatewaySearchConfig>, ConfigError> {
        let key = |name: &str| format!("gateway-proxy.search.{name}");
        let timeout_ms = context.within(&key("timeout_ms"), self.timeout_ms, 100..=120_000)?;
        let cache_timeout_ms = context.within(&key("cache_timeout_ms"), self.cache_timeout_ms, 1..=10_000)?;
        let stale_for_h = context.within(&key("stale_for_h"), self.stale_for_h, 0..=8_760)?;
        let per_minute = context.within(&key("per_minute"), self.per_minute, 1..=100_000)?;
        let trusted_proxies = networks::resolve_all(context, &key("trusted_proxies"), &self.trusted_proxies)?;
        let engines_chinese = engines(context, &key("engines_chinese"), &self.engines_chinese)?;
        let engines_global = engines(context, &key("engines_global"), &self.engines_global)?;
        let cache = Given { value: self.cache_url.as_ref(), file: self.cache_url_file.as_deref(), alias: None };
        let cache = queue::url(context, &key("cache_url"), cache)?;
        let fresh_for = self.fresh_s.resolve(context)?;
        let cache_key = self.cache_key(context, &key("cache_key"))?;
        let Some(text) = &self.searxng_url else { return Ok(None) };
        Ok(Some(GatewaySearchConfig {
            searxng: values::url(context, &key("searxng_url"), text)?,
            cache,
            cache_timeout: Duration::from_millis(cache_timeout_ms),
            cache_key,
            timeout: Duration::from_millis(timeout_ms),
            per_minute,
            anonymous: self.anonymous.unwrap_or(listen.ip().is_loopback()),
            trusted_proxies,
            trusted_tokens: self.trusted_tokens.iter().cloned().collect(),
            engines_chinese,
            engines_global,
            stale_for: Duration::from_secs(stale_for_h * 3600),
            fresh_for,
        }))
    }

    fn cache_key(&self, context: &Context, key: &str) -> Result<Option<Secret>, ConfigError> {
        const LENGTH_MIN: usize = 32;
        let given = Given { value: self.cache_key.as_ref(), file: self.cache_key_file.as_deref(), alias: None };
        let secret = context.secret(key, given)?;
        match secret.as_ref().map(|secret| secret.expose().chars().count()) {
            Some(length) if length < LENGTH_MIN => {
                let problem = format!("has {length} characters, {LENGTH_MIN} or more are needed");
                Err(context.secret_error(key, problem))
            }
            _ => Ok(secret),
        }
    }
}

/// Names as SearXNG's settings have them: `360search`, `sogou wechat`.
fn engines(context: &Context, key: &str, names: &[String]) -> Result<Vec<String>, ConfigError> {
    const ALLOWED: &str = "one name or more, each once, as SearXNG's /config has them";
    if names.is_empty() {
        return Err(context.bad(key, "is empty", ALLOWED));
    }
    for (index, name) in names.iter().enumerate() {
        let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '.' | '_' | '-');
        if name.trim() != name || name.is_empty() || !name.chars().all(plain) {
            return Err(context.bad(key, format!("{name:?} is no engine's name"), ALLOWED));
        }
        if names[..index].contains(name) {
            return Err(context.bad(key, format!("names {name:?} twice"), ALLOWED));
        }
    }
    Ok(names.to_vec())
}
