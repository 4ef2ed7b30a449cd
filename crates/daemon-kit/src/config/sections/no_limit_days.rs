//! `[[quality-worker.no_limit_days]]`: days of single codes on which no price limit held.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in an entry.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct NoLimitDaySettings {
    /// The code, in our spelling.
    pub(super) code: String,
    /// The day.
    pub(super) date: String,
    /// Who says so: a URL, or the exchange's notice.
    pub(super) source: String,
}

/// One entry, checked. Whether the code is one is for those to say who know codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLimitDayConfig {
    /// The code, as written.
    pub code: String,
    /// The day.
    pub date: NaiveDate,
    /// Who says so; not empty.
    pub source: String,
}

impl NoLimitDaySettings {
    pub(super) fn resolve_all(entries: &[Self], context: &Context) -> Result<Vec<NoLimitDayConfig>, ConfigError> {
        let key = |index: usize| format!("quality-worker.no_limit_days[{index}]");
        entries.iter().enumerate().map(|(index, entry)| entry.resolve(context, &key(index))).collect()
    }

    fn resolve(&self, context: &Context, entry: &str) -> Result<NoLimitDayConfig, ConfigError> {
        let text = |name: &str, value: &str, allowed: &str| match value.trim() {
            "" => Err(context.bad(&format!("{entry}.{name}"), "is empty or missing", allowed)),
            value => Ok(value.to_owned()),
        };
        Ok(NoLimitDayConfig {
            code: text("code", &self.code, "a code, as in \"000001.SZ\"")?,
            date: values::date(context, &format!("{entry}.date"), &self.date)?,
            source: text("source", &self.source, "who says so, as a URL or the name of the exchange's notice")?,
        })
    }
}
