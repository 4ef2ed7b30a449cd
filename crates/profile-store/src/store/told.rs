//! A profile's history as it is told to a reader: with the paths, and without what is not the reader's to know.

use std::collections::BTreeMap;

use git2::Oid;

use super::{HistoryEntry, Store, reader::Glasses, snapshot::PROFILES};
use crate::{
    CommitId, ProfileName, Reader, StoreError,
    objects::{Commit, Entry, Objects, RawTree, Tree},
};

/// Instead of a message that may speak of other profiles; views say the same.
pub(crate) const NEUTRAL: &str = "Change by an administrator";

/// One commit that changed a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The commit. Its message is a neutral one where it may speak of other profiles than the reader's.
    pub entry: HistoryEntry,
    /// The files that differ from the commit before, relative to the profile, in order.
    pub paths: Vec<String>,
}

/// A part of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldPage {
    /// Newest first. Fewer than asked for where some are not the reader's to see.
    pub entries: Vec<Told>,
    /// The `before` of the next part; `None` at the end.
    pub next: Option<CommitId>,
}

impl Store {
    /// As [`Self::history`], for a reader.
    ///
    /// # Errors
    /// As [`Self::history`].
    pub fn history_for(
        &self,
        reader: &Reader,
        profile: &ProfileName,
        limit: usize,
        before: Option<CommitId>,
    ) -> Result<ToldPage, StoreError> {
        let entries = self.history(profile, limit, before)?;
        let next = entries.last().filter(|_| entries.len() == limit).map(|entry| entry.id);
        let objects = Objects::of(self.repository()?);
        let mut glasses = Glasses::of(reader, profile);
        let mut told = Vec::new();
        for mut entry in entries {
            let commit = objects.commit(entry.id.0)?;
            let root = objects.tree(commit.tree)?;
            if !glasses.sees(&objects, &root)? {
                continue;
            }
            let parents: Vec<Tree> =
                commit.parents.iter().map(|id| objects.tree(objects.commit(*id)?.tree)).collect::<Result<_, _>>()?;
            if !glasses.is_everything() && !speaks_only_of(&objects, profile, &commit, &root, &parents)? {
                entry.message = NEUTRAL.to_owned();
            }
            // What was there while it was somebody else's is new to the reader.
            let from = match parents.first() {
                Some(parent) if glasses.sees(&objects, parent)? => content(&objects, parent, profile)?,
                _ => None,
            };
            let mut paths = Vec::new();
            differences(&objects, from, content(&objects, &root, profile)?, "", &mut paths)?;
            paths.sort();
            told.push(Told { entry, paths });
        }
        Ok(ToldPage { entries: told, next })
    }
}

fn content(objects: &Objects, root: &Tree, profile: &ProfileName) -> Result<Option<Oid>, StoreError> {
    let Some(folder) = root.folder(PROFILES) else { return Ok(None) };
    Ok(objects.raw_tree(folder)?.folder(profile.as_str().as_bytes()))
}

/// Whether nobody but the profile's owner can be meant by what a commit's message says.
fn speaks_only_of(
    objects: &Objects,
    profile: &ProfileName,
    commit: &Commit,
    root: &Tree,
    parents: &[Tree],
) -> Result<bool, StoreError> {
    // Whoever pushed it to a view of their own knows nothing of others.
    if commit.projected_from.is_some() {
        return Ok(true);
    }
    let [parent] = parents else { return Ok(parents.is_empty()) };
    let profiles =
        |root: &Tree| root.folder(PROFILES).map_or_else(|| Ok(RawTree::default()), |id| objects.raw_tree(id));
    Ok(profiles(parent)?.differs_only_in(&profiles(root)?, |name| name == profile.as_str().as_bytes()))
}

/// The paths of all files that differ between two folders.
fn differences(
    objects: &Objects,
    old: Option<Oid>,
    new: Option<Oid>,
    folder: &str,
    paths: &mut Vec<String>,
) -> Result<(), StoreError> {
    if old == new {
        return Ok(());
    }
    let read = |id: Option<Oid>| id.map_or_else(|| Ok(Tree::default()), |id| objects.tree(id));
    let (old, new) = (read(old)?, read(new)?);
    let by_name = |tree: &Tree| -> BTreeMap<Vec<u8>, Entry> {
        tree.entries.iter().map(|entry| (entry.name.clone(), entry.clone())).collect()
    };
    let (old, new) = (by_name(&old), by_name(&new));
    for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
        let (one, other) = (old.get(name), new.get(name));
        if one == other {
            continue;
        }
        let path = format!("{folder}{}", String::from_utf8_lossy(name));
        let tree = |entry: Option<&Entry>| entry.filter(|entry| entry.mode.is_tree()).map(|entry| entry.id);
        let is_file = |entry: Option<&Entry>| entry.is_some_and(|entry| !entry.mode.is_tree());
        if is_file(one) || is_file(other) {
            paths.push(path.clone());
        }
        differences(objects, tree(one), tree(other), &format!("{path}/"), paths)?;
    }
    Ok(())
}
