//! Publishing: turns the writer's closed tail into an immutable generation that readers and replicas can trust.
//!
//! The order is what makes it safe. The tail is copied under a name that was never used, read back in full, described by a
//! manifest, and only then made current by one atomic rename. A crash at any point leaves the old generation current and
//! files that the next publish clears away.

mod adopt;
mod base;
mod copy;
mod generations;
mod hold;
mod leftovers;
mod number;
mod retain;
mod steps;
mod sums;
mod verify;

pub use adopt::adopt;
pub(crate) use generations::current_manifest;
pub use generations::{GenerationInfo, list_generations};
pub use hold::{Held, hold_current};
pub use steps::Published;
pub(crate) use steps::{PublishOptions, publish};
pub use verify::{VerifyReport, verify};

#[cfg(test)]
mod tests;
