//! `[quality-worker.schedule]`: when the worker sends itself jobs, in Asia/Shanghai time.

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section: six cron fields (second minute hour day month weekday), or "off".
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct QualityScheduleSettings {
    /// Judges whether every source has brought what is due. Default "0 0 */6 * * *".
    pub(super) freshness: String,
    /// The same in the evening, when the day must be there, and the last five trading days once more. Default
    /// "0 0 19 * * *".
    pub(super) safety: String,
}

impl Default for QualityScheduleSettings {
    fn default() -> Self {
        Self { freshness: "0 0 */6 * * *".to_owned(), safety: "0 0 19 * * *".to_owned() }
    }
}

/// `[quality-worker.schedule]`, checked: cron expressions of six fields in Asia/Shanghai time, none for "off".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualityScheduleConfig {
    /// `check_freshness`
    pub freshness: Option<String>,
    /// `check_freshness`, and `check_generation` of the last five trading days
    pub safety: Option<String>,
}

impl QualityScheduleSettings {
    pub(super) fn resolve(&self, context: &Context) -> Result<QualityScheduleConfig, ConfigError> {
        let cron = |key: &str, value: &str| values::cron(context, &format!("quality-worker.schedule.{key}"), value);
        Ok(QualityScheduleConfig {
            freshness: cron("freshness", &self.freshness)?,
            safety: cron("safety", &self.safety)?,
        })
    }
}
