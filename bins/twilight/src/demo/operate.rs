//! What an operator does: a replica that proves itself and serves the same numbers, a backup that becomes another host, and
//! the whole system on one screen.

mod backup;
mod configuration;
mod run;
mod tool;

pub(super) use run::{Operated, run};
