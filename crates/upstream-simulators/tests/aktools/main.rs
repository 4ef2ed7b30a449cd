//! The simulated AKTools, asked over HTTP.

mod control;
mod functions;
mod harness;
mod refusals;
mod shares;
