//! One file per job. [`JobsContext::handle`] is the queue's handler.

mod compact;
mod context;
mod expire_features;
mod fetch_daily_market;
mod fetch_reference;
mod outcome;

pub use context::JobsContext;
