//! One file per section: its settings (what may stand in the file, with the defaults) and what they resolve to.

pub(super) mod ingest_worker;
pub(super) mod queue;
pub(super) mod schedule;
pub(super) mod telemetry;
pub(super) mod tushare;
pub(super) mod values;
pub(super) mod warehouse;
pub(super) mod warehouse_api;
