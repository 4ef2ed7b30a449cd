//! `twilight demo`: the whole system on one machine, over simulated upstreams, with the real daemon binaries.
//!
//! Everything lies in one folder and ends with the demo: a private Redis, the warehouse, the logs.

mod configuration;
mod daemon;
mod damage;
mod elsewhere;
mod gateway;
mod ingest;
mod operate;
mod play;
mod ports;
mod profiles;
mod quality;
mod questions;
mod search;
mod stage;
mod summary;

pub(crate) use play::{Args, run};
