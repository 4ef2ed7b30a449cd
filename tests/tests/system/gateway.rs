//! `gateway-proxy`'s own binary over simulated keys: what the specification names, and what it must survive.

mod budgets;
mod disk_full;
mod dns;
mod kills;
mod kit;
mod redis;
mod specification;
