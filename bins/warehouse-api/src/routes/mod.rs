//! One file per noun of the API.

pub(crate) mod admin_ingest;
pub(crate) mod daily;
pub(crate) mod features;
pub(crate) mod quality_status;
