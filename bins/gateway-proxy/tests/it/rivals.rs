//! What other gateways get wrong, one test each. A test's doc comment names where it was reported; `docs/gateway.md` has the
//! table.

mod failover;
pub(crate) mod kit;
mod limits;
mod memory;
mod money;
mod records;
mod setup;
mod streams;
