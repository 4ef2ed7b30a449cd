//! `[ingest-worker.aktools]`: the AKTools server that stands in front of akshare.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct AktoolsSettings {
    /// Whether AKTools is asked at all. Default false.
    pub(super) enabled: bool,
    /// Where it answers. Default "http://127.0.0.1:8080".
    pub(super) base_url: String,
    /// Bound on one call, seconds, 1 to 600: it scrapes live sites. Default 90.
    pub(super) request_timeout_s: u64,
    /// Tries of one call before its job fails, 1 to 20. Default 3.
    pub(super) max_attempts: u32,
    /// The series that are fetched; empty for all that are known. Default [].
    pub(super) series: Vec<String>,
}

impl Default for AktoolsSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: "http://127.0.0.1:8080".to_owned(),
            request_timeout_s: 90,
            max_attempts: 3,
            series: Vec::new(),
        }
    }
}

/// `[ingest-worker.aktools]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AktoolsConfig {
    /// Where it answers, without a slash at the end.
    pub base_url: String,
    /// Bound on one call.
    pub request_timeout: Duration,
    /// Tries of one call before its job fails.
    pub max_attempts: u32,
    /// The series that are fetched; empty for all that are known.
    pub series: Vec<String>,
}

impl AktoolsSettings {
    /// None when AKTools is switched off.
    pub(super) fn resolve(&self, context: &Context) -> Result<Option<AktoolsConfig>, ConfigError> {
        let key = |name: &str| format!("ingest-worker.aktools.{name}");
        let config = AktoolsConfig {
            base_url: values::base_url(context, &key("base_url"), &self.base_url)?,
            request_timeout: values::seconds(context, &key("request_timeout_s"), self.request_timeout_s, 1..=600)?,
            max_attempts: context.within(&key("max_attempts"), self.max_attempts, 1..=20)?,
            series: self.series.clone(),
        };
        Ok(self.enabled.then_some(config))
    }
}
