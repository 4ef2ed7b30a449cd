//! What main held at one commit.

use std::{cell::OnceCell, collections::BTreeMap};

use chrono::{DateTime, Utc};
use git2::{ObjectType, Oid};

use crate::{
    CommitId, Owners, ProfileName, StoreError,
    objects::{Entry, Mode, Objects, RawTree, Tree},
};

/// The folder of all profiles.
pub(crate) const PROFILES: &[u8] = b"profiles";

/// One file of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Relative to the profile.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Whether it may be run.
    pub executable: bool,
    /// The id of the content: equal contents have equal ids.
    pub content_id: String,
}

/// The repository as of one commit. Reads nothing but what it is asked for: a profile costs two folders and its own.
pub struct Snapshot {
    objects: Objects,
    id: Oid,
    at: DateTime<Utc>,
    root: Tree,
    /// The folder of all profiles, once somebody asked for one.
    profiles: OnceCell<RawTree>,
}

impl Snapshot {
    pub(crate) fn at(objects: Objects, id: Oid) -> Result<Self, StoreError> {
        let commit = objects.commit(id)?;
        let root = objects.tree(commit.tree)?;
        Ok(Self { objects, id, at: commit.author().1, root, profiles: OnceCell::new() })
    }

    /// The commit.
    pub fn id(&self) -> CommitId {
        CommitId(self.id)
    }

    /// When its author made it.
    pub fn made_at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The names of all profiles that have files, in order.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        let folders = self.folders()?;
        let name = |entry: &Entry| ProfileName::parse(std::str::from_utf8(&entry.name).ok()?).ok();
        let mut names: Vec<_> = folders.entries.iter().filter(|entry| entry.mode.is_tree()).filter_map(name).collect();
        names.sort();
        Ok(names)
    }

    /// Whose the profiles are.
    ///
    /// # Errors
    /// [`StoreError::Owners`] where the file cannot be read: then nobody may change anything.
    pub fn owners(&self) -> Result<Owners, StoreError> {
        let entry = self.root.get(b"OWNERS").ok_or_else(|| StoreError::damaged("OWNERS is missing"))?;
        Ok(Owners::parse(&self.objects.blob(entry.id)?)?)
    }

    /// The id of all content of a profile: equal profiles have equal ids. `None` where it has no files.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn content_id(&self, profile: &ProfileName) -> Result<Option<String>, StoreError> {
        Ok(self.profile_tree(profile)?.map(|id| id.to_string()))
    }

    /// The ids of all profiles that have files, by name: as [`Self::content_id`], read in one go.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn content_ids(&self) -> Result<BTreeMap<ProfileName, String>, StoreError> {
        let id = |entry: &Entry| {
            let name = ProfileName::parse(std::str::from_utf8(&entry.name).ok()?).ok()?;
            Some((name, entry.id.to_string()))
        };
        Ok(self.folders()?.entries.iter().filter(|entry| entry.mode.is_tree()).filter_map(id).collect())
    }

    /// All files of a profile, in order of their paths; empty where there is no such profile.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn files(&self, profile: &ProfileName) -> Result<Vec<FileEntry>, StoreError> {
        let mut files = Vec::new();
        if let Some(id) = self.profile_tree(profile)? {
            self.collect(id, "", &mut files)?;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// The bytes of one file of a profile; `None` where there is no such file.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn file(&self, profile: &ProfileName, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(folder) = self.profile_tree(profile)? else { return Ok(None) };
        match self.entry_in(self.objects.tree(folder)?, path)? {
            Some(entry) if !entry.mode.is_tree() => self.objects.blob(entry.id).map(Some),
            _ => Ok(None),
        }
    }

    pub(crate) fn profile_tree(&self, profile: &ProfileName) -> Result<Option<Oid>, StoreError> {
        let Some(id) = self.root.folder(PROFILES) else { return Ok(None) };
        let profiles = match self.profiles.get() {
            Some(profiles) => profiles,
            None => {
                let read = self.objects.raw_tree(id)?;
                self.profiles.get_or_init(|| read)
            }
        };
        Ok(profiles.folder(profile.as_str().as_bytes()))
    }

    pub(super) fn objects(&self) -> &Objects {
        &self.objects
    }

    pub(super) fn root(&self) -> &Tree {
        &self.root
    }

    pub(crate) fn into_objects(self) -> Objects {
        self.objects
    }

    /// The entry at a path from the root.
    pub(crate) fn entry(&self, path: &str) -> Result<Option<Entry>, StoreError> {
        self.entry_in(self.root.clone(), path)
    }

    /// The entry at a path from a folder.
    fn entry_in(&self, folder: Tree, path: &str) -> Result<Option<Entry>, StoreError> {
        let mut folder = Some(folder);
        let mut found: Option<Entry> = None;
        for name in path.split('/') {
            let inside = match (folder.take(), &found) {
                (Some(folder), _) => folder,
                (None, Some(entry)) if entry.mode.is_tree() => self.objects.tree(entry.id)?,
                (None, _) => return Ok(None),
            };
            match inside.get(name.as_bytes()) {
                Some(entry) => found = Some(entry.clone()),
                None => return Ok(None),
            }
        }
        Ok(found)
    }

    fn folders(&self) -> Result<Tree, StoreError> {
        self.root.folder(PROFILES).map_or_else(|| Ok(Tree::default()), |id| self.objects.tree(id))
    }

    fn collect(&self, id: Oid, folder: &str, files: &mut Vec<FileEntry>) -> Result<(), StoreError> {
        for entry in self.objects.tree(id)?.entries {
            let name = String::from_utf8_lossy(&entry.name);
            let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            if entry.mode.is_tree() {
                self.collect(entry.id, &path, files)?;
                continue;
            }
            let size = match self.objects.header(entry.id)? {
                Some((size, ObjectType::Blob)) => size,
                _ => return Err(StoreError::damaged(format!("{path}: {} is no blob", entry.id))),
            };
            let executable = entry.mode == Mode::Executable;
            files.push(FileEntry { path, size, executable, content_id: entry.id.to_string() });
        }
        Ok(())
    }
}
