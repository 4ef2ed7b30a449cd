//! Who changed each profile last, and when.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use chrono::{DateTime, Utc};
use git2::{Oid, Repository, Sort};

use super::{MAIN, Store, history::Reading};
use crate::{CommitId, ProfileName, StoreError, objects::Objects};

/// The commit that changed a profile last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastChange {
    /// The commit.
    pub id: CommitId,
    /// `Name <address>`.
    pub author: String,
    /// When its author made it.
    pub at: DateTime<Utc>,
    /// Counts up in the order in which changes came to main, which nobody chooses.
    pub landed: u64,
    /// The first line of what its author said about it.
    pub subject: String,
    /// Whether an owner pushed it through git: then its author, its time and its message are whatever they chose.
    pub is_owners_own: bool,
}

/// By profile, those that are gone among them.
pub type LastChanges = BTreeMap<ProfileName, Arc<LastChange>>;

impl Store {
    /// Who changed each profile last, as of main's head. Kept, so that what is asked again costs what came since.
    ///
    /// Cost: commits and folders of main, no files.
    ///
    /// # Errors
    /// [`StoreError::Git`], [`StoreError::Damaged`].
    pub fn last_changes(&self) -> Result<Arc<LastChanges>, StoreError> {
        let repository = self.repository()?;
        let head = repository.refname_to_id(MAIN)?;
        let kept = self.memo.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (since, mut changes) = match kept {
            Some((at, changes)) if at == head => return Ok(changes),
            // Whoever put another repository in the place of this one begins anew.
            Some((at, changes)) if is_ancestor(&repository, at, head) => (Some(at), (*changes).clone()),
            _ => (None, LastChanges::new()),
        };
        let mut landed = changes.values().map(|change| change.landed).max().unwrap_or_default();
        let new = commits_since(&repository, head, since)?;
        let objects = Objects::of(repository);
        let mut reading = Reading::of(&self.memo, &objects);
        // Oldest first, so that the newest is what stays.
        for id in new.into_iter().rev() {
            let names = changed_names(&objects, &mut reading, id)?;
            if names.is_empty() {
                continue;
            }
            let commit = objects.commit(id)?;
            let (author, at) = commit.author();
            let subject = commit.message().lines().next().unwrap_or_default().to_owned();
            let is_owners_own = commit.projected_from.is_some();
            landed += 1;
            let change = Arc::new(LastChange { id: CommitId(id), author, at, landed, subject, is_owners_own });
            changes.extend(names.into_iter().map(|name| (name, Arc::clone(&change))));
        }
        let changes = Arc::new(changes);
        *self.memo.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((head, Arc::clone(&changes)));
        Ok(changes)
    }
}

fn is_ancestor(repository: &Repository, old: Oid, head: Oid) -> bool {
    repository.graph_descendant_of(head, old).unwrap_or_default()
}

/// Newest first.
fn commits_since(repository: &Repository, head: Oid, since: Option<Oid>) -> Result<Vec<Oid>, StoreError> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
    walk.push(head)?;
    if let Some(since) = since {
        walk.hide(since)?;
    }
    Ok(walk.collect::<Result<_, _>>()?)
}

/// The profiles that a commit changed. A merge did where it differs from all its parents.
fn changed_names(objects: &Objects, reading: &mut Reading<'_>, id: Oid) -> Result<Vec<ProfileName>, StoreError> {
    let known = reading.known(id)?;
    let names = match &known.changed {
        Some(names) => names.clone(),
        None => {
            let commit = objects.commit(id)?;
            let now = reading.profiles(&commit)?;
            let mut parents = Vec::new();
            for parent in &commit.parents {
                parents.push(reading.profiles(&objects.commit(*parent)?)?.names_otherwise_in(&now));
            }
            let (first, others) =
                parents.split_first().map_or((&[][..], &[][..]), |(one, more)| (one.as_slice(), more));
            first.iter().filter(|name| others.iter().all(|other| other.contains(name))).cloned().collect()
        }
    };
    let parse = |name: &Vec<u8>| ProfileName::parse(std::str::from_utf8(name).ok()?).ok();
    Ok(names.iter().filter_map(parse).collect())
}
