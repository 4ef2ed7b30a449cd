//! Yahoo's chart API over a [`World`](crate::World), exact on the wire; everything that can go wrong is a [`YahooFault`].

mod chart;
mod faults;
mod meta;
mod options;
mod query;
mod refusal;
mod rows;
mod server;
mod vendor;

pub use faults::{YahooFault, YahooFaults};
pub use options::YahooOptions;
pub use server::YahooServer;
