//! One file per job. [`JobsContext::handle`] is the handler of the queue `ingest`, [`JobsContext::handle_write`] that of
//! `warehouse-write`.

mod backfill_history;
mod commits;
mod compact;
mod context;
mod defects;
mod discard_quarantine;
mod ending;
mod expire_features;
mod fetch_daily_market;
mod fetch_fundamentals;
mod fetch_macro;
mod fetch_reference;
pub(crate) mod outcome;
mod record_findings;
mod record_gateway_usage;
mod reference;
mod release_quarantine;
mod send_on;
mod warehouse_write;

pub(crate) use context::JobsContext;
