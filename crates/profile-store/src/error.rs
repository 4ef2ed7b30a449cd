//! What a caller can do about a failure.

use std::path::PathBuf;

use crate::{CommitId, OwnersBroken, ProfileName, policy::Refusals};

/// Why the store did not do what was asked. Nothing has changed in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The policy says no: tell whoever asked.
    #[error("{0}")]
    Refused(Refusals),
    /// Somebody else was first: read again and decide again.
    #[error("main has moved on: {} changed since {base}", paths.join(", "))]
    Conflict {
        /// What the caller had read.
        base: CommitId,
        /// The paths, or `main` where the caller wanted no other commit at all between.
        paths: Vec<String>,
    },
    /// No such commit in the history of main.
    #[error("there is no commit {0} in the history of main")]
    NoCommit(CommitId),
    /// The profile is not there, or was not there at that commit.
    #[error("there is no profile {0}")]
    NoProfile(ProfileName),
    /// Another program holds git's lock on main for longer than it can need it: try again.
    #[error("another program holds {0}")]
    Busy(PathBuf),
    /// `OWNERS` cannot be believed: an administrator has to repair it.
    #[error(transparent)]
    Owners(#[from] OwnersBroken),
    /// An object is missing or is not what it should be: restore the repository.
    #[error("the repository is damaged: {0}")]
    Damaged(String),
    /// The file system.
    #[error("{what}")]
    Io {
        /// Verb and object.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// libgit2.
    #[error("git: {0}")]
    Git(#[from] git2::Error),
}

impl StoreError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}

/// Why [`crate::Store::update`] made no commit.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError<E> {
    /// The caller's own function said no.
    #[error("{0}")]
    Declined(E),
    /// The store did.
    #[error(transparent)]
    Store(#[from] StoreError),
}
