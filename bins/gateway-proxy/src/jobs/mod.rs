//! The queue `gateway`: what operators and the schedule ask of this daemon. A file per job.

mod context;
mod probe_channel;
mod reconcile_balances;
mod reload_prices;
mod work;

pub(crate) use context::JobsContext;
pub(crate) use work::work;
