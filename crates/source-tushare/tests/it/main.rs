//! The client over real sockets: against prepared bodies (`http`, `whole_day`) and against the simulated vendor
//! (`simulator`, `fundamentals`, `stored`).

mod fundamentals;
mod http;
mod kit;
mod names;
mod simulator;
mod stored;
mod whole_day;
