//! The router as its daemon sees it.
#![expect(clippy::unwrap_used, reason = "tests and their helpers may fail loudly")]

mod breaker;
mod budget;
mod budget_model;
mod limits;
mod properties;
mod queue;
mod recovery;
mod refusals;
mod routing;
mod script;
mod truthful;
mod waits;
mod world;
