//! The operator's pages over a real market.

mod days;
mod findings;
mod ingest;
mod instruments;
mod jobs;
mod overview;
mod quarantine;
