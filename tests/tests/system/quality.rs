//! From a wrong row to a person's attention and back: gate, checks, log, alerts, quarantine, with daemons that die on the
//! way.

mod deaths;
mod findings;
mod kit;
mod quarantine;
mod status;
