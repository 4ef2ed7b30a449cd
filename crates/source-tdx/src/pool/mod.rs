//! The servers: who is good, who is fast, who rests, and how often each may be asked.
//!
//! A server counts as good once it has served **real bars** of a well-known stock: most public servers accept a connection
//! and answer everything else, but cut bars off behind their count. Callers lease a connection to a good server; a server
//! that fails a caller is probed again before anybody else gets it, and rests for longer and longer while it keeps failing.

mod connection;
mod fault;
mod health;
mod lease;
mod probe;
mod server;
mod servers;

pub(crate) use connection::Answer;
pub(crate) use fault::Fault;
pub use health::{ServerHealth, ServerState};
pub(crate) use lease::Lease;
pub(crate) use servers::{NoServer, Pool};
