//! One file per command.

mod age;
pub(crate) mod backfill;
pub(crate) mod backup;
pub(crate) mod channels;
pub(crate) mod check_config;
pub(crate) mod enqueue;
mod gateway_api;
pub(crate) mod generations;
pub(crate) mod jobs;
mod moment;
pub(crate) mod parquet;
mod published;
pub(crate) mod quality;
pub(crate) mod quarantine;
pub(crate) mod replica;
pub(crate) mod search;
mod send;
pub(crate) mod status;
pub(crate) mod tokens;
