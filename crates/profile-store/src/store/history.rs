//! The commits that changed one profile.

use std::{
    collections::{BinaryHeap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use git2::Oid;

use super::{MAIN, Store, snapshot::PROFILES};
use crate::{
    CommitId, ProfileName, StoreError,
    objects::{Commit, Objects},
};

/// One commit that changed a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The commit.
    pub id: CommitId,
    /// `Name <address>`.
    pub author: String,
    /// When its author made it.
    pub at: DateTime<Utc>,
    /// What its author said about it.
    pub message: String,
    /// The id of the profile's content after it; `None` where it deleted the profile.
    pub content_id: Option<String>,
}

/// The folder of all profiles at a commit, and the profiles in it: read once per process and not once per question.
#[derive(Default)]
pub(super) struct Memo {
    folders: Mutex<HashMap<Oid, Option<Oid>>>,
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Memo")
    }
}

const REMEMBERED_MAX: usize = 200_000;

impl Memo {
    /// The id of `profiles/` in a commit.
    fn folder(&self, objects: &Objects, id: Oid, commit: &Commit) -> Result<Option<Oid>, StoreError> {
        if let Some(known) = self.folders.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(*known);
        }
        let folder = objects.tree(commit.tree)?.folder(PROFILES);
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if folders.len() >= REMEMBERED_MAX {
            folders.clear();
        }
        folders.insert(id, folder);
        Ok(folder)
    }
}

impl Store {
    /// The newest `limit` commits that changed the files of `profile`, newest first, from `before` (exclusive) or from
    /// main's head. A merge counts where it differs from all its parents.
    ///
    /// Cost: commits and folders of main up to the last one shown, no files.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`] for a `before` that is not in main's history.
    pub fn history(
        &self,
        profile: &ProfileName,
        limit: usize,
        before: Option<CommitId>,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let repository = self.repository()?;
        let head = repository.refname_to_id(MAIN)?;
        let objects = Objects::of(repository);
        let start = match before {
            Some(before) => {
                self.at(before)?;
                objects.commit(before.0)?.parents
            }
            None => vec![head],
        };
        let mut waiting = BinaryHeap::new();
        let mut seen: HashSet<Oid> = HashSet::new();
        let mut depth = 0_u64;
        let mut push = |waiting: &mut BinaryHeap<_>, id: Oid| -> Result<(), StoreError> {
            if seen.insert(id) {
                let commit = objects.commit(id)?;
                depth += 1;
                // By time, and where times are equal in the order in which they were met.
                waiting.push((committed_at(&commit), std::cmp::Reverse(depth), Pending { id, commit }));
            }
            Ok(())
        };
        for id in start {
            push(&mut waiting, id)?;
        }
        let mut entries = Vec::new();
        while let Some((_, _, Pending { id, commit })) = waiting.pop() {
            if entries.len() >= limit {
                break;
            }
            let now = self.content(&objects, id, &commit, profile)?;
            let mut is_change = now.is_some() || !commit.parents.is_empty();
            for parent in &commit.parents {
                let parent_commit = objects.commit(*parent)?;
                is_change &= self.content(&objects, *parent, &parent_commit, profile)? != now;
                push(&mut waiting, *parent)?;
            }
            if is_change {
                let (author, at) = commit.author();
                let message = commit.message().trim_end().to_owned();
                let content_id = now.map(|id| id.to_string());
                entries.push(HistoryEntry { id: CommitId(id), author, at, message, content_id });
            }
        }
        Ok(entries)
    }

    fn content(
        &self,
        objects: &Objects,
        id: Oid,
        commit: &Commit,
        profile: &ProfileName,
    ) -> Result<Option<Oid>, StoreError> {
        let Some(folder) = self.memo.folder(objects, id, commit)? else { return Ok(None) };
        Ok(objects.tree(folder)?.folder(profile.as_str().as_bytes()))
    }
}

struct Pending {
    id: Oid,
    commit: Commit,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(&other.id)
    }
}

fn committed_at(commit: &Commit) -> i64 {
    let line = commit.rest.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    text.rsplit_once("> ").and_then(|(_, time)| time.split(' ').next()?.parse().ok()).unwrap_or_default()
}
