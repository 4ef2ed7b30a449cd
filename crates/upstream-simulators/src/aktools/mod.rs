//! An AKTools server (akshare behind HTTP) over a made-up Chinese economy and a [`Market`](crate::Market), exact on the
//! wire.
//!
//! One file per sort of function under `functions`. Each function builds a sheet of true figures; what is sent is that
//! sheet as JSON, bent by the [`AktoolsFault`]s, and what tests compare with is the same sheet as [`Figure`]s. The true
//! period of a figure never travels in the tables of publication days: clients have to derive it.

mod calls;
mod control;
mod draw;
mod faults;
mod functions;
mod options;
mod refusal;
mod respond;
mod server;
mod sheet;
mod wire;

pub use calls::{AktoolsCall, AktoolsCalls};
pub use faults::{AktoolsFault, AktoolsFaultRule, AktoolsFaults};
pub use options::AktoolsOptions;
pub use server::AktoolsServer;
pub use sheet::Figure;
