//! One file per command.

pub(crate) mod backfill;
pub(crate) mod channels;
pub(crate) mod enqueue;
mod gateway_api;
pub(crate) mod generations;
pub(crate) mod jobs;
mod moment;
mod published;
pub(crate) mod quality;
pub(crate) mod quarantine;
pub(crate) mod search;
mod send;
pub(crate) mod tokens;
