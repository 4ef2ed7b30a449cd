//! Proof that a history is whole.

use std::{collections::HashSet, path::Path};

use git2::{ObjectType, Oid, Repository};

use crate::{
    CommitId, Owners, StoreError,
    objects::{Mode, Objects, Tree},
    store::MAIN,
};

/// A history that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedHistory {
    /// Where main is.
    pub head: CommitId,
    /// Its commits.
    pub commits: usize,
    /// Their folders and files, each counted once.
    pub objects: usize,
    /// Profiles that `OWNERS` names.
    pub owned: usize,
}

/// Reads every object that main needs, in every commit of its history: each is there, is what its name says (its SHA-1), and
/// can be parsed; and `OWNERS` can be believed.
///
/// # Errors
/// [`StoreError::Damaged`] naming the object, [`StoreError::Owners`], [`StoreError::Git`] where there is no repository.
pub fn check_history(root: &Path) -> Result<CheckedHistory, StoreError> {
    let repository = Repository::open_bare(root.join("registry.git"))?;
    let head = repository.refname_to_id(MAIN)?;
    let objects = Objects::of(repository);
    let (mut commits, mut seen) = (HashSet::new(), HashSet::new());
    let mut waiting = vec![head];
    while let Some(id) = waiting.pop() {
        if !commits.insert(id) {
            continue;
        }
        let commit = objects.commit(id).map_err(|error| named("commit", id, error))?;
        walk(&objects, commit.tree, &mut seen)?;
        waiting.extend(commit.parents);
    }
    let tree = objects.tree(objects.commit(head)?.tree)?;
    let owners = tree.get(b"OWNERS").ok_or_else(|| StoreError::damaged("main has no OWNERS"))?;
    let owners = Owners::parse(&objects.blob(owners.id)?)?;
    Ok(CheckedHistory {
        head: CommitId(head),
        commits: commits.len(),
        objects: seen.len(),
        owned: owners.lines().count(),
    })
}

fn walk(objects: &Objects, root: Oid, seen: &mut HashSet<Oid>) -> Result<(), StoreError> {
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let bytes = objects.read(id, ObjectType::Tree).map_err(|error| named("folder", id, error))?;
        let tree = Tree::parse(&bytes).map_err(|why| StoreError::damaged(format!("folder {id}: {why}")))?;
        for entry in tree.entries {
            if entry.mode.is_tree() {
                waiting.push(entry.id);
            } else if entry.mode != Mode::Submodule && seen.insert(entry.id) {
                // Reading compares the bytes with the name.
                objects.read(entry.id, ObjectType::Blob).map_err(|error| named("file", entry.id, error))?;
            }
        }
    }
    Ok(())
}

fn named(what: &str, id: Oid, error: StoreError) -> StoreError {
    match error {
        StoreError::Git(error) => StoreError::damaged(format!("{what} {id}: {}", error.message())),
        other => other,
    }
}
