//! One file per noun of the API.

mod accepted;
pub(crate) mod admin_ingest;
pub(crate) mod admin_quality;
pub(crate) mod admin_quarantine;
pub(crate) mod daily;
pub(crate) mod features;
pub(crate) mod fundamentals;
pub(crate) mod macro_series;
pub(crate) mod quality_logs;
pub(crate) mod quality_rules;
pub(crate) mod quality_status;
pub(crate) mod quarantine;
pub(crate) mod search;
