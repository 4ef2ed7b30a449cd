//! Alpha Vantage over a [`World`](crate::World), exact on the wire; everything that can go wrong is an
//! [`AlphaVantageFault`].

mod answer;
mod faults;
mod limits;
mod options;
mod query;
mod refusal;
mod rows;
mod server;
mod vendor;

pub use faults::{AlphaVantageFault, AlphaVantageFaults};
pub use options::AlphaVantageOptions;
pub use server::AlphaVantageServer;
