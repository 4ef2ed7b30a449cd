//! The commits that changed one profile.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use git2::Oid;

use super::{MAIN, Store, last_changes::LastChanges, snapshot::PROFILES};
use crate::{
    CommitId, ProfileName, StoreError,
    objects::{Commit, Objects, RawTree},
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
    /// Whether an owner pushed it through git: then its author, its time and its message are whatever they chose.
    pub is_owners_own: bool,
}

/// What main's commits changed: read once per process and not once per question.
#[derive(Default)]
pub(super) struct Memo {
    commits: Mutex<HashMap<Oid, Arc<Known>>>,
    /// Who changed each profile last, as of a head of main.
    pub(super) last: Mutex<Option<(Oid, Arc<LastChanges>)>>,
}

/// A commit, without its files.
pub(super) struct Known {
    parents: Vec<Oid>,
    /// When it was committed, in seconds.
    at: i64,
    /// The names of the profiles that it has otherwise than its parent; `None` for a merge, which is looked into each time.
    pub(super) changed: Option<Vec<Vec<u8>>>,
}

impl Memo {
    /// Whether a commit is one of main's history, as far as that was read.
    pub(super) fn knows(&self, id: Oid) -> bool {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Memo")
    }
}

const REMEMBERED_MAX: usize = 200_000;

/// What one question reads.
pub(super) struct Reading<'a> {
    memo: &'a Memo,
    objects: &'a Objects,
    /// The folder of all profiles that was read last: a commit's parent is the next commit.
    last: Option<(Oid, Rc<RawTree>)>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(memo: &'a Memo, objects: &'a Objects) -> Self {
        Self { memo, objects, last: None }
    }

    pub(super) fn known(&mut self, id: Oid) -> Result<Arc<Known>, StoreError> {
        if let Some(known) = self.memo.commits.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(known));
        }
        let commit = self.objects.commit(id)?;
        let changed = match commit.parents.as_slice() {
            [] => Some(RawTree::default().names_otherwise_in(&*self.profiles(&commit)?)),
            [parent] => {
                let (after, before) = (self.profiles(&commit)?, self.objects.commit(*parent)?);
                Some(self.profiles(&before)?.names_otherwise_in(&after))
            }
            _ => None,
        };
        let known = Arc::new(Known { at: committed_at(&commit), parents: commit.parents, changed });
        let mut commits = self.memo.commits.lock().unwrap_or_else(PoisonError::into_inner);
        if commits.len() >= REMEMBERED_MAX {
            commits.clear();
        }
        commits.insert(id, Arc::clone(&known));
        Ok(known)
    }

    /// The folder of all profiles in a commit.
    pub(super) fn profiles(&mut self, commit: &Commit) -> Result<Rc<RawTree>, StoreError> {
        let Some(id) = self.objects.tree(commit.tree)?.folder(PROFILES) else { return Ok(Rc::default()) };
        match &self.last {
            Some((last, tree)) if *last == id => Ok(Rc::clone(tree)),
            _ => {
                let tree = Rc::new(self.objects.raw_tree(id)?);
                self.last = Some((id, Rc::clone(&tree)));
                Ok(tree)
            }
        }
    }

    /// The id of a profile's content in a commit.
    fn content(&mut self, commit: &Commit, profile: &ProfileName) -> Result<Option<Oid>, StoreError> {
        Ok(self.profiles(commit)?.folder(profile.as_str().as_bytes()))
    }

    /// What is told of a commit.
    fn entry(&mut self, id: Oid, profile: &ProfileName) -> Result<HistoryEntry, StoreError> {
        let commit = self.objects.commit(id)?;
        let (author, at) = commit.author();
        let content_id = self.content(&commit, profile)?.map(|id| id.to_string());
        let (message, is_owners_own) = (commit.message().trim_end().to_owned(), commit.projected_from.is_some());
        Ok(HistoryEntry { id: CommitId(id), author, at, message, content_id, is_owners_own })
    }

    /// Whether a commit changed a profile. A merge did where it differs from all its parents.
    fn is_change(&mut self, id: Oid, known: &Known, profile: &ProfileName) -> Result<bool, StoreError> {
        if let Some(changed) = &known.changed {
            return Ok(changed.iter().any(|name| name == profile.as_str().as_bytes()));
        }
        let commit = self.objects.commit(id)?;
        let now = self.content(&commit, profile)?;
        for parent in &commit.parents {
            let parent = self.objects.commit(*parent)?;
            if self.content(&parent, profile)? == now {
                return Ok(false);
            }
        }
        Ok(true)
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
        let mut reading = Reading::of(&self.memo, &objects);
        let start = match before {
            Some(before) => {
                self.at(before)?;
                reading.known(before.0)?.parents.clone()
            }
            None => vec![head],
        };
        // By time, and where times are equal in the order in which they were met.
        let mut waiting: BinaryHeap<(i64, Reverse<u64>, Oid)> = BinaryHeap::new();
        let mut seen: HashSet<Oid> = HashSet::new();
        let mut entries = Vec::new();
        let mut next = start;
        loop {
            for id in next.drain(..) {
                if seen.insert(id) {
                    waiting.push((reading.known(id)?.at, Reverse(seen.len() as u64), id));
                }
            }
            let Some((_, _, id)) = waiting.pop().filter(|_| entries.len() < limit) else { return Ok(entries) };
            let known = reading.known(id)?;
            next.extend(&known.parents);
            if reading.is_change(id, &known, profile)? {
                entries.push(reading.entry(id, profile)?);
            }
        }
    }

    /// What is told of one commit of main's history, whether it changed `profile` or not.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`].
    pub fn entry(&self, profile: &ProfileName, commit: CommitId) -> Result<HistoryEntry, StoreError> {
        let objects = self.at(commit)?.into_objects();
        Reading::of(&self.memo, &objects).entry(commit.0, profile)
    }

    /// Reads what main's commits changed, so that nobody's first question about the past has to wait for it: a tenth of a
    /// second for some hundred commits among two thousand profiles.
    ///
    /// # Errors
    /// [`StoreError::Git`], [`StoreError::Damaged`].
    pub fn read_ahead(&self) -> Result<(), StoreError> {
        let repository = self.repository()?;
        let mut next = vec![repository.refname_to_id(MAIN)?];
        let objects = Objects::of(repository);
        let mut reading = Reading::of(&self.memo, &objects);
        let mut seen: HashSet<Oid> = HashSet::new();
        while let Some(id) = next.pop() {
            if seen.len() < REMEMBERED_MAX && seen.insert(id) {
                next.extend(&reading.known(id)?.parents);
            }
        }
        Ok(())
    }
}

fn committed_at(commit: &Commit) -> i64 {
    let line = commit.rest.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    text.rsplit_once("> ").and_then(|(_, time)| time.split(' ').next()?.parse().ok()).unwrap_or_default()
}
