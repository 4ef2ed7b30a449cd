//! What the policy says no to, in words that reach the one who pushed.

use std::fmt;

use crate::CommitId;

const SHOWN_MAX: usize = 20;

/// The rule that a change breaks. Its [`Rule::as_str`] is the word in answers and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Somebody else's profile.
    ForeignProfile,
    /// A profile that has no owner.
    UnclaimedProfile,
    /// `OWNERS` changed by someone who is no administrator.
    OwnersFile,
    /// A commit without `OWNERS`.
    OwnersMissing,
    /// `OWNERS` cannot be read.
    OwnersBroken,
    /// Something outside of `profiles/` changed by someone who is no administrator, or that belongs nowhere.
    OutsideProfiles,
    /// A folder of `profiles/` that has no profile's name.
    ProfileName,
    /// A path that no profile replicates.
    Path,
    /// A symbolic link.
    Symlink,
    /// A submodule.
    Submodule,
    /// A file's mode.
    Mode,
    /// Two names that are one on some host.
    Collision,
    /// A file that is too large.
    FileTooLarge,
    /// A profile with too many files or bytes.
    ProfileTooLarge,
    /// A push with too many commits or bytes.
    PushTooLarge,
    /// The value of a secret.
    Secret,
    /// What stands in for a secret that was hidden: it would overwrite the secret's name.
    RedactionPlaceholder,
    /// A text file that is no text.
    NotText,
    /// A file of settings or of jobs that no reader, or not every reader, can read.
    Unreadable,
    /// A commit, tree or blob that is malformed or missing.
    Malformed,
    /// A commit without a parent.
    UnrelatedHistory,
    /// Objects that no new commit needs.
    Stowaway,
    /// A reference other than main.
    OtherReference,
    /// The deletion of main.
    Deletion,
    /// The new head does not descend from main.
    ForcePush,
    /// Main has moved on since it was read.
    Stale,
}

impl Rule {
    /// The rule's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ForeignProfile => "foreign-profile",
            Self::UnclaimedProfile => "unclaimed-profile",
            Self::OwnersFile => "owners-file",
            Self::OwnersMissing => "owners-missing",
            Self::OwnersBroken => "owners-broken",
            Self::OutsideProfiles => "outside-profiles",
            Self::ProfileName => "profile-name",
            Self::Path => "path",
            Self::Symlink => "symlink",
            Self::Submodule => "submodule",
            Self::Mode => "mode",
            Self::Collision => "collision",
            Self::FileTooLarge => "file-too-large",
            Self::ProfileTooLarge => "profile-too-large",
            Self::PushTooLarge => "push-too-large",
            Self::Secret => "secret",
            Self::RedactionPlaceholder => "redaction-placeholder",
            Self::NotText => "not-text",
            Self::Unreadable => "unreadable",
            Self::Malformed => "malformed",
            Self::UnrelatedHistory => "unrelated-history",
            Self::Stowaway => "stowaway",
            Self::OtherReference => "other-reference",
            Self::Deletion => "deletion",
            Self::ForcePush => "force-push",
            Self::Stale => "stale",
        }
    }
}

/// One thing the policy says no to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The new commit; `None` where the push as a whole is meant.
    pub commit: Option<CommitId>,
    /// The path in the repository, printable; empty where none is meant.
    pub path: String,
    /// The rule.
    pub rule: Rule,
    /// What is wrong and what to do, without the value of any secret.
    pub text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(commit) = self.commit {
            write!(out, "{:.8} ", commit.to_string())?;
        }
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        write!(out, "{} [{}]", self.text, self.rule.as_str())
    }
}

/// All that the policy says no to: at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl Refusals {
    pub(crate) fn one(rule: Rule, text: impl Into<String>) -> Self {
        Self(vec![Refusal { commit: None, path: String::new(), rule, text: text.into() }])
    }

    /// Whether one of them is of this rule.
    pub fn names(&self, rule: Rule) -> bool {
        self.0.iter().any(|refusal| refusal.rule == rule)
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "refused:")?;
        for refusal in self.0.iter().take(SHOWN_MAX) {
            write!(out, "\n  {refusal}")?;
        }
        match self.0.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(out, "\n  … and {more} more"),
        }
    }
}
