//! Whole histories, code by code, straight into a new base.
//!
//! A run has a folder `<warehouse>/backfill/<run>/`. Its plan is written first. Then every code's responses go into a file
//! of its own, exactly as they came, and that file is the checkpoint: whatever kills the worker, a code whose file is
//! whole is not asked for again. When enough codes are there, the writer reads the files in the order of the codes,
//! decodes them, and builds the next base in one pass. The folder is removed once readers see the result.
//!
//! Torn and damaged files are told by their checksum and fetched again. Nothing here is the truth: a removed folder costs
//! the requests, nothing else.

mod assemble;
mod desk;
mod failures;
mod fetch;
mod folder;
mod plan;
mod progress;
mod staged;
mod vendor;

pub(crate) use assemble::assemble;
pub(crate) use desk::Backfills;
pub(crate) use fetch::{Ended, Limits, Stretch, fetch};
pub(crate) use folder::{RunFolder, unfinished};
pub(crate) use plan::{Plan, Wish};
pub(crate) use progress::Tracker;
pub(crate) use vendor::Vendor;
