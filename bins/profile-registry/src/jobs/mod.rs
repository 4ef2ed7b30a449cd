//! The queue `provision`: what operators ask of this daemon. A file per job.
//!
//! Orders need no queue to move on: the books are the truth, and the registry looks at them by itself. A job is an operator's
//! word to try one again at once.

mod provision_profile;
mod work;

pub(crate) use work::work;
