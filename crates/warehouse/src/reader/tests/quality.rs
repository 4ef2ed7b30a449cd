//! The quality log, the quarantine and the counts of a generation.

mod counts;
mod findings;
mod quarantine;
mod source_days;
