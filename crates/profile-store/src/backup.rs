//! Copies of the repository as packs, each with what the one before has not, and a repository made of them again.
//!
//! Only main is copied: the views are computed from it. Who copies needs neither a lock nor stock git, because no object is
//! ever removed; what is copied is what main named when [`head`] was asked.

mod check;
mod export;
mod rebuild;

pub use check::{CheckedHistory, check_history};
pub use export::{contains, export, head};
pub use rebuild::rebuild;
