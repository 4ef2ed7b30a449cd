//! The one policy behind every door: the API, git over HTTP, SSH, an owner's view.
//!
//! [`judge`] looks at every commit that main does not have yet, and at every file and folder in them that is not already
//! in each one's parents; not at what the push changes in the end, which hides an edit that is reverted and a merge that
//! smuggles. Who may change what is read from the `OWNERS` of the commit that main has now. What cannot be read is
//! refused.

mod actor;
mod content;
mod findings;
mod judge;
mod new_commits;
mod ownership;
mod readable;
mod refusal;
mod totals;

pub use actor::Actor;
pub use refusal::{Refusal, Refusals, Rule};

pub(crate) use judge::{Question, judge};
