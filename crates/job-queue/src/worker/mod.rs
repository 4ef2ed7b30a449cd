//! Running handlers: supervised apalis workers, with everything that must not be left to them inside the delivery.

mod backend;
mod delivery;
mod health;
mod in_hand;
mod ledger;
mod options;
mod run;
mod service;
mod supervisor;
mod upkeep;

pub use health::Health;
pub use options::{WorkerOptions, WorkersOptions};
pub use run::Workers;
