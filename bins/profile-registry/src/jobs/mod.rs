//! The queue `provision`: what operators ask of this daemon. A file per job.
//!
//! Orders need no queue to move on: the books are the truth, and the registry looks at them by itself. A job is an operator's
//! word to try one again at once, or to suspend at once whose time is over.

mod provision_profile;
mod suspend_lapsed;
mod work;

pub(crate) use work::work;
