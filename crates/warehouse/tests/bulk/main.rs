//! Bulk load: whole histories straight into the next base, and the content is what ordinary commits give.

#![expect(clippy::unwrap_used, reason = "a test may end where a value is missing, in its helpers too")]

mod actions;
mod content;
mod coverage;
mod crash;
mod disk_full;
mod histories;
mod lineage;
#[path = "../writer/market.rs"]
#[expect(dead_code, reason = "shared with the writer's tests, which use all of it")]
mod market;
mod mixture;
mod quarantine;
mod refused;
