//! The client against the simulated vendor and against single bad answers.

mod http;
mod kit;
mod simulator;
