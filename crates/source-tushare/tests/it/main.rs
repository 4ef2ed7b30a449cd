//! The client over real sockets: against prepared bodies (`http`, `whole_day`) and against the simulated vendor
//! (`simulator`, `fundamentals`).

mod fundamentals;
mod http;
mod kit;
mod simulator;
mod whole_day;
