//! `[ingest-worker.schedule]`: when the worker sends itself jobs, in Asia/Shanghai time.

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section: six cron fields (second minute hour day month weekday), or "off".
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ScheduleSettings {
    /// Fetches the day's market; on days without trading it does nothing. Default "0 30 18 * * *".
    pub(super) daily_market: String,
    /// Fetches calendar, instruments and corporate actions. Default "0 0 8 * * *".
    pub(super) reference: String,
    /// Drops features older than `warehouse.feature_days`. Default "0 0 3 * * *".
    pub(super) expire_features: String,
    /// Builds the next base from base and tail. Default "0 0 4 1 * *", monthly.
    pub(super) compact: String,
}

impl Default for ScheduleSettings {
    fn default() -> Self {
        Self {
            daily_market: "0 30 18 * * *".to_owned(),
            reference: "0 0 8 * * *".to_owned(),
            expire_features: "0 0 3 * * *".to_owned(),
            compact: "0 0 4 1 * *".to_owned(),
        }
    }
}

/// `[ingest-worker.schedule]`, checked: cron expressions of six fields in Asia/Shanghai time, none for "off".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleConfig {
    /// `fetch_daily_market`
    pub daily_market: Option<String>,
    /// `fetch_reference`
    pub reference: Option<String>,
    /// `expire_features`
    pub expire_features: Option<String>,
    /// `compact`
    pub compact: Option<String>,
}

impl ScheduleSettings {
    pub(super) fn resolve(&self, context: &Context) -> Result<ScheduleConfig, ConfigError> {
        let cron = |key: &str, value: &str| values::cron(context, &format!("ingest-worker.schedule.{key}"), value);
        Ok(ScheduleConfig {
            daily_market: cron("daily_market", &self.daily_market)?,
            reference: cron("reference", &self.reference)?,
            expire_features: cron("expire_features", &self.expire_features)?,
            compact: cron("compact", &self.compact)?,
        })
    }
}
