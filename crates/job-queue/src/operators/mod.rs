//! What an operator can ask of a queue and do to it.

mod forget;
mod list;
mod purge;
mod retry;
mod show;
mod stats;

pub use list::Page;
pub use purge::{Purge, Purged};
pub use stats::Stats;
