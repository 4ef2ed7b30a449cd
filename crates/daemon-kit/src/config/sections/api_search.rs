//! `[warehouse-api.search]`: how `/search` reaches the gateway.

use std::{path::PathBuf, time::Duration};

use reqwest::Url;
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
pub(in crate::config) struct ApiSearchSettings {
    /// Where the gateway answers. Default "http://127.0.0.1:3000".
    pub(super) gateway_url: String,
    /// An access token with the scope `search`, a secret. Default: none, which the gateway lets in where it is
    /// configured to.
    pub(super) token: Option<Secret>,
    /// File that holds the token instead. Default: none.
    pub(super) token_file: Option<PathBuf>,
    /// Bound on one search, all tries together, ms, 100 to 120000; a caller's own `timeout_ms` may be less or more.
    /// Default 15000.
    pub(super) timeout_ms: u64,
}

impl Default for ApiSearchSettings {
    fn default() -> Self {
        let gateway_url = "http://127.0.0.1:3000".to_owned();
        Self { gateway_url, token: None, token_file: None, timeout_ms: 15_000 }
    }
}

/// `[warehouse-api.search]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSearchConfig {
    /// Where the gateway answers.
    pub gateway: Url,
    /// An access token with the scope `search`.
    pub token: Option<Secret>,
    /// Bound on one search, all tries together, where the caller gives none.
    pub timeout: Duration,
}

impl ApiSearchSettings {
    pub(super) fn resolve(&self, context: &Context) -> Result<ApiSearchConfig, ConfigError> {
        let key = |name: &str| format!("warehouse-api.search.{name}");
        let timeout_ms = context.within(&key("timeout_ms"), self.timeout_ms, 100..=120_000)?;
        let given = Given { value: self.token.as_ref(), file: self.token_file.as_deref(), alias: None };
        Ok(ApiSearchConfig {
            gateway: values::url(context, &key("gateway_url"), &self.gateway_url)?,
            token: context.secret(&key("token"), given)?,
            timeout: Duration::from_millis(timeout_ms),
        })
    }
}
