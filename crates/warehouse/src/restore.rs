//! What a backup takes beside a published generation, and how a warehouse is made of both again.
//!
//! A backup holds the generation ([`crate::hold_current`]) first and looks at the archives of raw responses afterwards: so
//! these may be newer than the tail, never older, which is what a crash leaves as well and every start of the writer puts right.

mod archives;
mod complete;

pub use archives::{RawArchive, raw_archives, verify_archives};
pub use complete::{NUMBERS_SKIPPED, complete_restored};
