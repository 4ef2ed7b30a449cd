//! git's objects as bytes: what is stored, what a push has brought and nobody has accepted yet, what is being made.
//!
//! Nothing is written before it has been judged: new objects live in memory ([`Objects::put`]) until
//! [`Objects::persist`]. Trees and commits are taken apart here and not by libgit2, because a push may bring anything, and
//! lenient parsers see what they expect to see.

mod commit;
mod edit;
mod pool;
mod raw_tree;
mod tree;

pub(crate) use commit::{Commit, NewCommit, PARENTS_MAX};
pub(crate) use edit::{Leaf, edit};
pub(crate) use pool::Objects;
pub(crate) use raw_tree::RawTree;
pub(crate) use tree::{Entry, Mode, Tree};
