//! One file per section: its settings (what may stand in the file, with the defaults) and what they resolve to.

pub(super) mod aktools;
pub(super) mod alerts;
pub(super) mod alpha_vantage;
pub(super) mod backfill;
pub(super) mod gateway_accounts;
pub(super) mod gateway_channels;
pub(super) mod gateway_choices;
pub(super) mod gateway_jobs;
pub(super) mod gateway_models;
pub(super) mod gateway_proxy;
pub(super) mod ingest_worker;
pub(super) mod no_limit_days;
pub(super) mod quality_schedule;
pub(super) mod quality_worker;
pub(super) mod queue;
pub(super) mod schedule;
pub(super) mod source_priority;
pub(super) mod tdx;
pub(super) mod telemetry;
pub(super) mod tushare;
pub(super) mod values;
pub(super) mod warehouse;
pub(super) mod warehouse_api;
pub(super) mod yahoo;
pub(super) mod yuan;
