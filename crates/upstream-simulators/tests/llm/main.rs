//! The simulated provider of language models, over real sockets.

mod answers;
mod billing;
mod control;
mod fast;
mod faults;
mod harness;
mod limits;
mod refusals;
mod streams;
