//! A TDX (通达信) server over a [`Market`](crate::Market), exact on the wire.
//!
//! One file per kind of answer under `answer`; everything that can go wrong is a [`TdxFault`].

mod answer;
mod calls;
mod connection;
mod control;
mod delivery;
mod faults;
mod options;
mod request;
mod revision;
mod series;
mod server;
mod vendor;
mod wire;

pub use calls::{TdxCall, TdxCalls};
pub use faults::{TdxFault, TdxFaultRule, TdxFaults};
pub use options::{Halted, TdxOptions};
pub use server::TdxServer;
