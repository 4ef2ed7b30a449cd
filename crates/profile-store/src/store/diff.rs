//! What changed in a profile between two commits.

use std::collections::BTreeMap;

use git2::Patch;

use super::{FileEntry, Snapshot, Store};
use crate::{CommitId, ProfileName, StoreError};

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It is new.
    Added,
    /// It is another, or may be run now, or no longer.
    Modified,
    /// It is gone.
    Deleted,
}

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the profile.
    pub path: String,
    /// What happened to it.
    pub state: FileState,
    /// A unified diff; `None` where one side is no text.
    pub patch: Option<String>,
}

impl Store {
    /// How the files of `profile` differ between two commits of main's history, in order of paths.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`].
    pub fn diff(&self, profile: &ProfileName, from: CommitId, to: CommitId) -> Result<Vec<FileChange>, StoreError> {
        let (old, new) = (self.at(from)?, self.at(to)?);
        if old.profile_tree(profile)? == new.profile_tree(profile)? {
            return Ok(Vec::new());
        }
        let (before, after) = (by_path(&old, profile)?, by_path(&new, profile)?);
        let mut changes = Vec::new();
        for path in before.keys().chain(after.keys().filter(|path| !before.contains_key(*path))) {
            let (one, other) = (before.get(path), after.get(path));
            let state = match (one, other) {
                (Some(one), Some(other)) if one == other => continue,
                (Some(_), Some(_)) => FileState::Modified,
                (None, _) => FileState::Added,
                (_, None) => FileState::Deleted,
            };
            let bytes = |snapshot: &Snapshot| snapshot.file(profile, path).map(Option::unwrap_or_default);
            let patch = patch(path, &bytes(&old)?, &bytes(&new)?)?;
            changes.push(FileChange { path: path.clone(), state, patch });
        }
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }
}

fn by_path(snapshot: &Snapshot, profile: &ProfileName) -> Result<BTreeMap<String, FileEntry>, StoreError> {
    Ok(snapshot.files(profile)?.into_iter().map(|file| (file.path.clone(), file)).collect())
}

fn patch(path: &str, old: &[u8], new: &[u8]) -> Result<Option<String>, StoreError> {
    let is_text = |bytes: &[u8]| !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
    if !is_text(old) || !is_text(new) {
        return Ok(None);
    }
    let path = Some(std::path::Path::new(path));
    let mut patch = Patch::from_buffers(old, path, new, path, None)?;
    Ok(patch.to_buf()?.as_str().ok().map(str::to_owned))
}
