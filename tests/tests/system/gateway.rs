//! `gateway-proxy`'s own binary over simulated keys: what the specification names, and what it must survive.

mod budgets;
mod disk_full;
mod dns;
mod kills;
mod kit;
mod redis;
mod soak;
mod specification;
mod stream_soak;
mod tokens;
mod usage;
