//! The HTTP server of a daemon: the standard routes, observation of every request, and a shutdown that drains.
//!
//! `/healthz` (the process lives), `/readyz` (it is useful, see [`crate::readiness`]) and `/metrics` are always there.
//! Every answer carries `x-request-id`; a panic is a problem document with status 500, and so are unknown paths (404)
//! and wrong methods (405). A caller that takes nothing of its answer for a minute is disconnected.

mod daemon;
mod forwarded;
mod lanes;
mod linger;
mod observe;
mod peer;
mod serve;
mod stall;
mod standard;

pub use daemon::Server;
pub use forwarded::caller_address;
pub use lanes::Lanes;
pub use peer::Peer;
