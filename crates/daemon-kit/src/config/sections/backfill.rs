//! `[ingest-worker.backfill]`: how whole histories are fetched.

use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    source_priority::SOURCES,
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct BackfillSettings {
    /// The source of a scheduled backfill. Default "tdx".
    pub(super) source: String,
    /// First day of a scheduled backfill. Default "2005-01-04".
    pub(super) from: String,
    /// Codes that are fetched at the same time, 1 to 64; the source's own limits hold as well. Default 16.
    pub(super) concurrency: usize,
    /// How long one stretch of a backfill may take before it sends itself on as the next job, seconds, 5 to 43200; less
    /// than `job_timeout_s`. Default 600.
    pub(super) slice_s: u64,
}

impl Default for BackfillSettings {
    fn default() -> Self {
        Self { source: "tdx".to_owned(), from: "2005-01-04".to_owned(), concurrency: 16, slice_s: 600 }
    }
}

/// `[ingest-worker.backfill]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillConfig {
    /// The source of a scheduled backfill.
    pub source: String,
    /// First day of a scheduled backfill.
    pub from: NaiveDate,
    /// Codes that are fetched at the same time.
    pub concurrency: usize,
    /// How long one stretch may take before it sends itself on as the next job.
    pub slice: Duration,
}

impl BackfillSettings {
    pub(super) fn resolve(&self, context: &Context, job_timeout_s: u64) -> Result<BackfillConfig, ConfigError> {
        let key = |name: &str| format!("ingest-worker.backfill.{name}");
        if !SOURCES.contains(&self.source.as_str()) {
            return Err(context.bad(&key("source"), format!("{:?} is no source", self.source), SOURCES.join(", ")));
        }
        let slice = values::seconds(context, &key("slice_s"), self.slice_s, 5..=43_200)?;
        if slice.as_secs() >= job_timeout_s {
            let problem = format!("{} s is not less than job_timeout_s, {job_timeout_s} s", slice.as_secs());
            return Err(context.bad(&key("slice_s"), problem, "less than ingest-worker.job_timeout_s"));
        }
        Ok(BackfillConfig {
            source: self.source.clone(),
            from: values::date(context, &key("from"), &self.from)?,
            concurrency: context.within(&key("concurrency"), self.concurrency, 1..=64)?,
            slice,
        })
    }
}
