//! One file per noun of the API.

pub(crate) mod admin_ingest;
pub(crate) mod daily;
pub(crate) mod features;
pub(crate) mod fundamentals;
pub(crate) mod macro_series;
pub(crate) mod quality_status;
