//! The writer, seen from outside: what a batch leaves in the tables, in whatever order batches come, and what survives.

mod builder;
mod commit;
mod compaction;
mod coverage;
mod disk_full;
mod market;
mod opening;
mod order;
mod specification;
