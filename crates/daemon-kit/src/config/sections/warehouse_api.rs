//! `[warehouse-api]`: the REST server and who may ask it.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given},
        error::ConfigError,
        secret::Secret,
    },
    api_search::{ApiSearchConfig, ApiSearchSettings},
    values,
    warehouse::WarehouseConfig,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct WarehouseApiSettings {
    /// Address of the API. Default "127.0.0.1:8000".
    pub(super) listen: String,
    /// Folder of the published generations. Default: `published` in `warehouse.root`.
    pub(super) published: Option<PathBuf>,
    /// Memory that the reader's DuckDB may use, MiB, 64 to 1048576. Default 96: pages of the base that are read
    /// again come from the system's cache, so that more does not make it faster.
    pub(super) memory_limit_mb: u32,
    /// Queries that DuckDB runs at the same time, 1 to 64. Default 2.
    pub(super) connections: usize,
    /// How often a new generation is looked for, ms, 10 to 60000. Default 500.
    pub(super) poll_ms: u64,
    /// Days between start and end that one request may span, 1 to 100000. Default 15000.
    pub(super) max_days: u32,
    /// Bound on answering one request, ms, 10 to 600000. Default 10000.
    pub(super) request_timeout_ms: u64,
    /// Data whose last successful ingest is older is called stale, hours, 1 to 8760. Default 24.
    pub(super) stale_after_h: u32,
    /// File that keeps the gateway's access tokens as they were last known, for a start without Redis. Default
    /// "data/warehouse-api/access-tokens.json".
    pub(super) token_cache: PathBuf,
    /// How `/search` reaches the gateway.
    pub(super) search: ApiSearchSettings,
    /// Who may ask beside the gateway's access tokens. Default: nobody.
    pub(in crate::config) tokens: Vec<TokenSettings>,
}

/// One entry of `tokens`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct TokenSettings {
    /// The caller's name in logs, and in TWILIGHT_WAREHOUSE_API_TOKENS_<NAME>: letters, digits and hyphens.
    pub(super) name: String,
    /// The bearer token, a secret of 16 characters or more. Default: none.
    pub(super) token: Option<Secret>,
    /// File that holds the token instead. Default: none.
    pub(super) token_file: Option<PathBuf>,
    /// What it may do: "read", "search", "admin". Default ["read"].
    pub(super) scopes: Option<Vec<String>>,
}

impl Default for WarehouseApiSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8000".to_owned(),
            published: None,
            memory_limit_mb: 96,
            connections: 2,
            poll_ms: 500,
            max_days: 15_000,
            request_timeout_ms: 10_000,
            stale_after_h: 24,
            token_cache: "data/warehouse-api/access-tokens.json".into(),
            search: ApiSearchSettings::default(),
            tokens: Vec::new(),
        }
    }
}

/// `[warehouse-api]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarehouseApiConfig {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Folder of the published generations.
    pub published: PathBuf,
    /// Memory that the reader's DuckDB may use, MiB.
    pub memory_limit_mb: u32,
    /// Queries that DuckDB runs at the same time.
    pub connections: usize,
    /// How often a new generation is looked for.
    pub poll: Duration,
    /// Days between start and end that one request may span.
    pub max_days: u32,
    /// Bound on answering one request.
    pub request_timeout: Duration,
    /// Data whose last successful ingest is older is called stale.
    pub stale_after: TimeDelta,
    /// File that keeps the gateway's access tokens as they were last known.
    pub token_cache: PathBuf,
    /// How `/search` reaches the gateway.
    pub search: ApiSearchConfig,
    /// Who may ask beside the gateway's access tokens; every name and every token once.
    pub tokens: Vec<ApiToken>,
}

/// One caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// The caller's name in logs.
    pub name: String,
    /// The bearer token.
    pub token: Secret,
    /// What it may do; not empty.
    pub scopes: BTreeSet<Scope>,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Data and quality routes.
    Read,
    /// `/search`.
    Search,
    /// `/admin/*`; does not include the others.
    Admin,
}

impl WarehouseApiSettings {
    pub(in crate::config) fn resolve(
        &self,
        context: &Context,
        warehouse: &WarehouseConfig,
    ) -> Result<WarehouseApiConfig, ConfigError> {
        let key = |name: &str| format!("warehouse-api.{name}");
        let published = self.published.as_deref().map(|folder| context.not_empty(&key("published"), folder));
        let timeout_ms = context.within(&key("request_timeout_ms"), self.request_timeout_ms, 10..=600_000)?;
        let stale_after_h = context.within(&key("stale_after_h"), self.stale_after_h, 1..=8_760)?;
        Ok(WarehouseApiConfig {
            listen: values::listen(context, &key("listen"), &self.listen)?,
            published: published.transpose()?.unwrap_or_else(|| warehouse.published()),
            memory_limit_mb: context.within(&key("memory_limit_mb"), self.memory_limit_mb, 64..=1_048_576)?,
            connections: context.within(&key("connections"), self.connections, 1..=64)?,
            poll: Duration::from_millis(context.within(&key("poll_ms"), self.poll_ms, 10..=60_000)?),
            max_days: context.within(&key("max_days"), self.max_days, 1..=100_000)?,
            request_timeout: Duration::from_millis(timeout_ms),
            stale_after: TimeDelta::hours(i64::from(stale_after_h)),
            token_cache: context.not_empty(&key("token_cache"), &self.token_cache)?,
            search: self.search.resolve(context)?,
            tokens: self.tokens(context)?,
        })
    }

    fn tokens(&self, context: &Context) -> Result<Vec<ApiToken>, ConfigError> {
        let mut tokens: Vec<ApiToken> = Vec::new();
        for (index, settings) in self.tokens.iter().enumerate() {
            let token = settings.resolve(context, &format!("warehouse-api.tokens[{index}]"))?;
            let twin = tokens.iter().find(|other| other.name.eq_ignore_ascii_case(&token.name));
            if let Some(twin) = twin {
                let key = format!("warehouse-api.tokens[{index}].name");
                return Err(context.bad(&key, format!("{:?} is taken", twin.name), "every name once"));
            }
            let same = tokens.iter().find(|other| !context.is_placeholder(&token.token) && other.token == token.token);
            if let Some(same) = same {
                let key = format!("warehouse-api.tokens[{index}].token");
                return Err(context.secret_error(&key, format!("is also the token of {:?}", same.name)));
            }
            tokens.push(token);
        }
        Ok(tokens)
    }
}

impl TokenSettings {
    const LENGTH_MIN: usize = 16;

    fn resolve(&self, context: &Context, entry: &str) -> Result<ApiToken, ConfigError> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            let problem = format!("{:?} is no name", self.name);
            return Err(context.bad(&format!("{entry}.name"), problem, "letters, digits and hyphens"));
        }
        // The variable carries the name, not the index, which moves when an entry is added above.
        let alias = super::super::context::variable(&format!("warehouse-api.tokens.{}", self.name));
        let given = Given { value: self.token.as_ref(), file: self.token_file.as_deref(), alias: Some(&alias) };
        let key = format!("{entry}.token");
        let token = context.required_secret(&key, given, "")?;
        let length = token.expose().chars().count();
        if length < Self::LENGTH_MIN && !context.is_placeholder(&token) {
            let problem = format!("has {length} characters, {} or more are needed", Self::LENGTH_MIN);
            return Err(context.secret_error(&key, problem));
        }
        Ok(ApiToken { name: self.name.clone(), token, scopes: self.scopes(context, entry)? })
    }

    fn scopes(&self, context: &Context, entry: &str) -> Result<BTreeSet<Scope>, ConfigError> {
        let key = format!("{entry}.scopes");
        let Some(names) = &self.scopes else { return Ok(BTreeSet::from([Scope::Read])) };
        let scope = |name: &String| match name.as_str() {
            "read" => Ok(Scope::Read),
            "search" => Ok(Scope::Search),
            "admin" => Ok(Scope::Admin),
            other => Err(context.bad(&key, format!("{other:?} is no scope"), "read, search, admin")),
        };
        let scopes: BTreeSet<Scope> = names.iter().map(scope).collect::<Result<_, _>>()?;
        if scopes.is_empty() {
            return Err(context.bad(&key, "is empty: the token could do nothing", "read, search, admin"));
        }
        Ok(scopes)
    }
}
