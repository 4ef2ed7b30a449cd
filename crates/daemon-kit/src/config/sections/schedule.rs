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
    /// Fetches the day's market from TDX too, to compare and to fill in; only where TDX is enabled. Default "0 45 18 * * *".
    pub(super) tdx_daily_market: String,
    /// Fetches what is watched abroad, after New York has closed; only where Yahoo or Alpha Vantage is enabled. Default "0 0 6 * * *".
    pub(super) global_market: String,
    /// Fetches the macroeconomic series; only where AKTools is enabled. Default "0 0 3 * * 2".
    pub(super) macro_series: String,
    /// Fetches what companies reported about the last two quarters. Default "0 0 21 * * *".
    pub(super) fundamentals: String,
    /// Fetches whole histories as `backfill` says. Default "off".
    pub(super) backfill: String,
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
            tdx_daily_market: "0 45 18 * * *".to_owned(),
            global_market: "0 0 6 * * *".to_owned(),
            macro_series: "0 0 3 * * 2".to_owned(),
            fundamentals: "0 0 21 * * *".to_owned(),
            backfill: "off".to_owned(),
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
    /// `fetch_daily_market` of TDX
    pub tdx_daily_market: Option<String>,
    /// `fetch_daily_market` of Yahoo and Alpha Vantage
    pub global_market: Option<String>,
    /// `fetch_macro`
    pub macro_series: Option<String>,
    /// `fetch_fundamentals`
    pub fundamentals: Option<String>,
    /// `backfill_history`
    pub backfill: Option<String>,
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
            tdx_daily_market: cron("tdx_daily_market", &self.tdx_daily_market)?,
            global_market: cron("global_market", &self.global_market)?,
            macro_series: cron("macro_series", &self.macro_series)?,
            fundamentals: cron("fundamentals", &self.fundamentals)?,
            backfill: cron("backfill", &self.backfill)?,
            expire_features: cron("expire_features", &self.expire_features)?,
            compact: cron("compact", &self.compact)?,
        })
    }
}
