//! One file per job. [`JobsContext::handle`] is the queue's handler.

mod check_freshness;
mod check_generation;
mod context;

pub(crate) use check_freshness::judge as judge_freshness;
pub(crate) use context::JobsContext;
