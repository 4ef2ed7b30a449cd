//! The client over real sockets, against the simulated server.

mod bars;
mod faults;
mod kit;
mod series;
