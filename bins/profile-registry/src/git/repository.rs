//! What can be cloned and pushed to, and what git does there.

use crate::Actor;

/// A repository as its address names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repository {
    /// Everything.
    Registry,
    /// The view of the owner who asks.
    Mine,
}

/// What a client asks git to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Clone and fetch.
    Read,
    /// Push.
    Write,
}

impl Repository {
    /// Of the last part of an address.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "registry.git" => Some(Self::Registry),
            "mine.git" => Some(Self::Mine),
            _ => None,
        }
    }

    /// As hooks and metrics are told of it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Mine => "mine",
        }
    }

    /// Says no to whom it is not for, and where theirs is.
    pub(super) fn check(self, actor: &Actor) -> Result<(), &'static str> {
        match (self, actor) {
            (Self::Registry, Actor::Admin | Actor::Host(_)) | (Self::Mine, Actor::Owner(_)) => Ok(()),
            (Self::Registry, Actor::Owner(_)) => {
                Err("the whole repository is for operators and hosts: your profiles are in mine.git")
            }
            (Self::Mine, Actor::Admin | Actor::Host(_)) => {
                Err("mine.git holds an owner's profiles: operators and hosts use registry.git")
            }
        }
    }
}

impl Service {
    /// As git's clients name it.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::Read),
            "git-receive-pack" => Some(Self::Write),
            _ => None,
        }
    }

    /// As [`Self::of`] takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "git-upload-pack",
            Self::Write => "git-receive-pack",
        }
    }
}
