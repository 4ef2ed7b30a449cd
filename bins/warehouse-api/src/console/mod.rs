//! The operator's pages of the warehouse, below `/console`: how fresh the data is and what is missing, the job queues with
//! their dead letters, what the checks found, the quarantine, and charts.
//!
//! The pages show what the JSON routes answer and do what they do, through the same functions. Who may look is decided by
//! `operator-console` with [`authority`]; what a page aggregates of a generation is counted once and kept
//! ([`per_generation`]).

mod authority;
mod codes;
mod day_grid;
mod days;
mod findings;
mod ingest;
mod instruments;
mod jobs;
mod mount;
mod overview;
mod pages;
mod per_generation;
mod quarantine;
mod rules;
mod words;

pub(crate) use mount::Mount;
