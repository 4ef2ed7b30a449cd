//! What changed in a profile between two commits.

use std::collections::{BTreeMap, BTreeSet};

use git2::Patch;

use super::{FileEntry, Snapshot, Store};
use crate::{CommitId, ProfileName, StoreError, objects::Objects, template::Files};

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
        compare(Some(&self.at(from)?), &self.at(to)?, profile)
    }

    /// What one commit of main's history did to the files of `profile`: how they differ from its first parent's. All of them
    /// are new in a commit without parents.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`].
    pub fn change_of(&self, profile: &ProfileName, commit: CommitId) -> Result<Vec<FileChange>, StoreError> {
        let now = self.at(commit)?;
        let parent = now.objects().commit(commit.0)?.parents.first().copied();
        let before = parent.map(|parent| Snapshot::at(Objects::of(self.repository()?), parent)).transpose()?;
        compare(before.as_ref(), &now, profile)
    }
}

/// How two sets of files differ, in order of paths.
///
/// # Errors
/// [`StoreError::Git`].
pub fn file_changes(before: &Files, after: &Files) -> Result<Vec<FileChange>, StoreError> {
    let mut changes = Vec::new();
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for path in paths {
        let (one, other) = (before.get(path), after.get(path));
        let state = match (one, other) {
            (Some(one), Some(other)) if one == other => continue,
            (Some(_), Some(_)) => FileState::Modified,
            (None, _) => FileState::Added,
            (_, None) => FileState::Deleted,
        };
        let bytes = |side: Option<&Vec<u8>>| side.cloned().unwrap_or_default();
        changes.push(FileChange { path: path.clone(), state, patch: patch(path, &bytes(one), &bytes(other))? });
    }
    Ok(changes)
}

fn compare(old: Option<&Snapshot>, new: &Snapshot, profile: &ProfileName) -> Result<Vec<FileChange>, StoreError> {
    let tree = |side: Option<&Snapshot>| side.map_or(Ok(None), |side| side.profile_tree(profile));
    if tree(old)? == tree(Some(new))? {
        return Ok(Vec::new());
    }
    let (before, after) = (by_path(old, profile)?, by_path(Some(new), profile)?);
    let mut changes = Vec::new();
    for path in before.keys().chain(after.keys().filter(|path| !before.contains_key(*path))) {
        let (one, other) = (before.get(path), after.get(path));
        let state = match (one, other) {
            (Some(one), Some(other)) if one == other => continue,
            (Some(_), Some(_)) => FileState::Modified,
            (None, _) => FileState::Added,
            (_, None) => FileState::Deleted,
        };
        let bytes = |side: Option<&Snapshot>| match side {
            Some(side) => side.file(profile, path).map(Option::unwrap_or_default),
            None => Ok(Vec::new()),
        };
        changes.push(FileChange { path: path.clone(), state, patch: patch(path, &bytes(old)?, &bytes(Some(new))?)? });
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(changes)
}

fn by_path(snapshot: Option<&Snapshot>, profile: &ProfileName) -> Result<BTreeMap<String, FileEntry>, StoreError> {
    let files = snapshot.map_or(Ok(Vec::new()), |snapshot| snapshot.files(profile))?;
    Ok(files.into_iter().map(|file| (file.path.clone(), file)).collect())
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
