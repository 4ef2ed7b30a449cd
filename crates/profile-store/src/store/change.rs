//! What a commit changes, and on what it builds.

use std::collections::BTreeMap;

use git2::{ObjectType, Oid};

use crate::{
    CommitId, Owners, ProfileName, StoreError,
    objects::{Leaf, Mode, Objects},
};

/// One change to the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A file gets this content.
    Put {
        /// From the root, as `profiles/alice/SOUL.md`.
        path: String,
        /// The bytes.
        content: Vec<u8>,
        /// Whether it may be run.
        executable: bool,
    },
    /// A file, or a folder with all in it, goes. What is not there is gone already.
    Delete {
        /// From the root.
        path: String,
    },
}

impl Change {
    /// A file of a profile gets this content.
    pub fn put(profile: &ProfileName, path: &str, content: impl Into<Vec<u8>>) -> Self {
        Self::Put { path: format!("{}/{path}", profile.folder()), content: content.into(), executable: false }
    }

    /// A file of a profile goes.
    pub fn delete(profile: &ProfileName, path: &str) -> Self {
        Self::Delete { path: format!("{}/{path}", profile.folder()) }
    }

    /// A profile goes. Its history stays.
    pub fn delete_profile(profile: &ProfileName) -> Self {
        Self::Delete { path: profile.folder() }
    }

    /// `OWNERS` becomes this.
    pub fn owners(owners: &Owners) -> Self {
        Self::Put { path: "OWNERS".to_owned(), content: owners.to_bytes(), executable: false }
    }

    /// The path, from the root.
    pub fn path(&self) -> &str {
        match self {
            Self::Put { path, .. } | Self::Delete { path } => path,
        }
    }

    /// All of them as leaves of a tree; of two with one path the later counts.
    pub(super) fn leaves(objects: &mut Objects, changes: Vec<Self>) -> Result<BTreeMap<String, Leaf>, StoreError> {
        let mut leaves = BTreeMap::new();
        for change in changes {
            match change {
                Self::Put { path, content, executable } => {
                    let blob = objects.put(ObjectType::Blob, content)?;
                    let mode = if executable { Mode::Executable } else { Mode::File };
                    leaves.insert(path, Some((mode, blob)));
                }
                Self::Delete { path } => {
                    leaves.insert(path, None);
                }
            }
        }
        Ok(leaves)
    }
}

/// What the changes were decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing: they hold whatever main is by now.
    Any,
    /// This commit: none of the changed paths may have changed since. Other paths may.
    SamePaths(CommitId),
    /// This commit: main must still be there.
    Exactly(CommitId),
}

/// What main holds after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Main's head, flushed to the disk.
    pub id: CommitId,
    /// Whether a commit was made: what changes nothing makes none.
    pub is_new: bool,
}

impl Committed {
    pub(crate) fn new(id: Oid, is_new: bool) -> Self {
        Self { id: CommitId(id), is_new }
    }
}
