//! One file per job. [`JobsContext::handle`] is the queue's handler.

mod backfill_history;
mod commits;
mod compact;
mod context;
mod ending;
mod expire_features;
mod fetch_daily_market;
mod fetch_fundamentals;
mod fetch_macro;
mod fetch_reference;
pub(crate) mod outcome;
mod reference;
mod send_on;

pub(crate) use context::JobsContext;
