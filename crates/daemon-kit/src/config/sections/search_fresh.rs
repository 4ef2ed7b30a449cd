//! `[gateway-proxy.search.fresh_s]`: how long an answer of a search is as good as new.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct SearchFreshSettings {
    /// Where the last day was asked about, seconds, 0 to 31536000. Default 600.
    pub(super) day: u64,
    /// The last week, seconds, 0 to 31536000. Default 3600.
    pub(super) week: u64,
    /// The last month, seconds, 0 to 31536000. Default 21600.
    pub(super) month: u64,
    /// The last year, or all time, seconds, 0 to 31536000. Default 86400.
    pub(super) longer: u64,
    /// At most, where an engine failed or nothing was found, seconds, 0 to 31536000. Default 600.
    pub(super) incomplete: u64,
}

impl Default for SearchFreshSettings {
    fn default() -> Self {
        Self { day: 600, week: 3_600, month: 21_600, longer: 86_400, incomplete: 600 }
    }
}

/// `[gateway-proxy.search.fresh_s]`, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchFreshConfig {
    /// Where the last day was asked about.
    pub day: Duration,
    /// The last week.
    pub week: Duration,
    /// The last month.
    pub month: Duration,
    /// The last year, or all time.
    pub longer: Duration,
    /// At most, where an engine failed or nothing was found.
    pub incomplete: Duration,
}

impl SearchFreshSettings {
    pub(super) fn resolve(&self, context: &Context) -> Result<SearchFreshConfig, ConfigError> {
        let seconds = |name: &str, value| {
            values::seconds(context, &format!("gateway-proxy.search.fresh_s.{name}"), value, 0..=31_536_000)
        };
        Ok(SearchFreshConfig {
            day: seconds("day", self.day)?,
            week: seconds("week", self.week)?,
            month: seconds("month", self.month)?,
            longer: seconds("longer", self.longer)?,
            incomplete: seconds("incomplete", self.incomplete)?,
        })
    }
}
