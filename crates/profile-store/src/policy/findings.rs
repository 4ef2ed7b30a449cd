//! What one judgement has found so far.

use std::collections::{HashMap, HashSet};

use git2::{ObjectType, Oid};

use super::{Refusal, Rule};
use crate::{
    CommitId, StoreError,
    allow_list::Limits,
    objects::{Commit, Objects, PARENTS_MAX, Tree},
};

const REFUSALS_MAX: usize = 100;

/// The state of one judgement: refusals, what was looked at, how much there was of it.
pub(super) struct Findings<'a> {
    pub(super) objects: &'a Objects,
    pub(super) limits: &'a Limits,
    pub(super) refusals: Vec<Refusal>,
    /// Every object that a new commit needs and that was looked at.
    pub(super) seen: HashSet<Oid>,
    /// Files that were judged: the same file in many commits is read once.
    pub(super) judged: HashSet<(Vec<u8>, Oid)>,
    /// Files and bytes of folders.
    pub(super) totals: HashMap<Oid, (usize, u64)>,
    /// Bytes of new files.
    pub(super) bytes: u64,
}

impl<'a> Findings<'a> {
    pub(super) fn new(objects: &'a Objects, limits: &'a Limits) -> Self {
        Self {
            objects,
            limits,
            refusals: Vec::new(),
            seen: HashSet::new(),
            judged: HashSet::new(),
            totals: HashMap::new(),
            bytes: 0,
        }
    }

    pub(super) fn refuse(&mut self, commit: Option<Oid>, path: &[u8], rule: Rule, text: impl Into<String>) {
        let path = printable(path);
        let refusal = Refusal { commit: commit.map(CommitId), path, rule, text: text.into() };
        if self.refusals.len() < REFUSALS_MAX && !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }

    /// So many refusals that more would help nobody.
    pub(super) fn is_enough(&self) -> bool {
        self.refusals.len() >= REFUSALS_MAX
    }

    /// The object's size, if it is there and of this type; otherwise a refusal.
    pub(super) fn size(
        &mut self,
        commit: Oid,
        path: &[u8],
        id: Oid,
        kind: ObjectType,
    ) -> Result<Option<u64>, StoreError> {
        match self.objects.header(id)? {
            Some((size, has)) if has == kind => return Ok(Some(size)),
            Some((_, has)) => self.refuse(Some(commit), path, Rule::Malformed, format!("is a {has}, not a {kind}")),
            None => self.refuse(Some(commit), path, Rule::Malformed, format!("the {kind} {id} is missing")),
        }
        Ok(None)
    }

    /// The folder, if it is well-formed; otherwise a refusal.
    pub(super) fn tree(&mut self, commit: Oid, path: &[u8], id: Oid) -> Result<Option<Tree>, StoreError> {
        const TREE_BYTES_MAX: u64 = 16 << 20;
        match self.size(commit, path, id, ObjectType::Tree)? {
            Some(size) if size > TREE_BYTES_MAX => {
                self.refuse(Some(commit), path, Rule::Malformed, "the folder is too large to be read");
                return Ok(None);
            }
            Some(_) => {}
            None => return Ok(None),
        }
        match Tree::parse(&self.objects.read(id, ObjectType::Tree)?) {
            Ok(tree) => Ok(Some(tree)),
            Err(problem) => {
                self.refuse(Some(commit), path, Rule::Malformed, format!("the folder is malformed: {problem}"));
                Ok(None)
            }
        }
    }

    /// The commit, if it is well-formed; otherwise a refusal.
    pub(super) fn commit(&mut self, id: Oid) -> Result<Option<Commit>, StoreError> {
        match self.size(id, b"", id, ObjectType::Commit)? {
            Some(size) if size > self.limits.commit_bytes_max => {
                let text = format!("the commit has {size} bytes, at most {}", self.limits.commit_bytes_max);
                self.refuse(Some(id), b"", Rule::PushTooLarge, text);
                return Ok(None);
            }
            Some(_) => {}
            None => return Ok(None),
        }
        match Commit::parse(self.objects.read(id, ObjectType::Commit)?) {
            Ok(commit) if commit.parents.len() > PARENTS_MAX => {
                self.refuse(Some(id), b"", Rule::PushTooLarge, commit.too_many_parents());
                Ok(None)
            }
            Ok(commit) => Ok(Some(commit)),
            Err(problem) => {
                self.refuse(Some(id), b"", Rule::Malformed, format!("the commit is malformed: {problem}"));
                Ok(None)
            }
        }
    }
}

/// The path as it can be shown in a terminal: nothing in it moves the cursor.
fn printable(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    text.chars()
        .flat_map(|character| {
            let plain = !character.is_control() && (character.is_ascii() || character.is_alphanumeric());
            let escaped: Vec<char> = if plain { vec![character] } else { character.escape_default().collect() };
            escaped
        })
        .collect()
}
