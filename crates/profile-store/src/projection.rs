//! One owner's view: a repository of its own that holds the owner's profiles and the README, and no other blob.
//!
//! # From main to the view
//!
//! [`filter::Filter`] rewrites main's history commit by commit: of each tree only what the `OWNERS` *of that commit* gives
//! to the owner. So the view is a function of main and the owner: every process computes the same ids, a claim adds a
//! commit and rewrites none, a profile that changes hands brings its new owner nothing of its past. Commits that change
//! nothing of the owner's are left out.
//!
//! # From the view to main
//!
//! [`accept`](crate::Store::accept) makes of each pushed commit one on main that filters to exactly the pushed one (it
//! remembers its id, `projected-from`), so that what the client has pushed is what it will fetch. The result is judged
//! like any other push. A signature on a pushed commit stays in the view and is not valid on main.

mod accept;
mod filter;
mod state;
mod unfilter;
mod view;

pub use view::{View, ViewLock};
