//! The writer, seen from outside: what a batch leaves in the tables, in whatever order batches come, and what survives.

#![expect(clippy::unwrap_used, reason = "a test may end where a value is missing, in its helpers too")]

mod actions;
mod claims;
mod commit;
mod compaction;
mod coverage;
mod disk_full;
mod due;
mod findings;
mod gateway_usage;
mod lookups;
mod market;
mod migration;
mod mixed_order;
mod names;
mod opening;
mod order;
mod quarantine;
mod release;
mod restore;
mod retention;
mod seams;
mod sources;
mod specification;
mod vendors;
