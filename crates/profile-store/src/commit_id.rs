//! The name of a commit.

use std::{fmt, str::FromStr};

use git2::Oid;

/// A commit's id: 40 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub(crate) Oid);

/// The text is no full commit id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a commit id is 40 hexadecimal digits")]
pub struct NotACommitId;

impl CommitId {
    /// The id of nothing, which git sends for a reference that does not exist yet, or shall not exist any more.
    pub const NONE: Self = Self(Oid::ZERO_SHA1);

    /// Whether it is [`Self::NONE`].
    pub fn is_none(&self) -> bool {
        self.0.is_zero()
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for CommitId {
    type Err = NotACommitId;

    fn from_str(text: &str) -> Result<Self, NotACommitId> {
        let is_whole = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        Oid::from_str(text).ok().filter(|_| is_whole).map(Self).ok_or(NotACommitId)
    }
}
