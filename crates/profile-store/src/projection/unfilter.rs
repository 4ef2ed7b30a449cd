//! From commits that an owner has pushed to commits of main.

use std::collections::{HashMap, HashSet};

use git2::{ObjectType, Oid};

use super::filter::Filter;
use crate::{
    Refusals, Rule, StoreError,
    allow_list::Limits,
    objects::{Commit, Mode, Objects, PARENTS_MAX, Tree},
    store::PROFILES,
};

/// A larger folder is not read.
pub(super) const TREE_BYTES_MAX: u64 = 16 << 20;

/// What a push to a view becomes on main.
pub(super) struct Unfiltered {
    /// The new head of main.
    pub(super) head: Oid,
    /// Pushed commits and the trees in them that exist only in the view.
    pub(super) only_in_view: HashSet<Oid>,
    /// Folders and files that come with the push as they are.
    pub(super) brought: Vec<(Mode, Oid)>,
}

pub(super) struct Unfilter<'a, 'b> {
    pub(super) main: &'a mut Objects,
    pub(super) filter: &'a mut Filter<'b>,
    pub(super) limits: &'a Limits,
    /// Main's head and what it is in the view.
    pub(super) main_head: Oid,
    pub(super) view_head: Oid,
}

impl Unfilter<'_, '_> {
    /// Makes a commit of main for every pushed commit that the view does not have, up to `new`.
    pub(super) fn unfilter(&mut self, new: Oid) -> Result<Unfiltered, StoreError> {
        let mut of_view: HashMap<Oid, Oid> = HashMap::new();
        for (main, view) in self.filter.made() {
            of_view.entry(*view).or_insert(*main);
        }
        // Whatever else main has gained since that is not the owner's: a push builds on the newest.
        of_view.insert(self.view_head, self.main_head);
        let mut done = Unfiltered { head: self.main_head, only_in_view: HashSet::new(), brought: Vec::new() };
        let mut on_head: HashSet<Oid> = HashSet::from([self.view_head]);
        for (id, commit) in self.pushed(new, &of_view)? {
            let Some(parents) =
                commit.parents.iter().map(|parent| of_view.get(parent).copied()).collect::<Option<Vec<_>>>()
            else {
                return Err(StoreError::damaged("a pushed commit came before its parents"));
            };
            let Some(first) = parents.first().copied() else {
                return Err(refused(
                    Rule::UnrelatedHistory,
                    "a commit has no parent: it shares no history with this repository",
                ));
            };
            let base = if commit.parents.iter().any(|parent| on_head.contains(parent)) {
                on_head.insert(id);
                self.main_head
            } else {
                first
            };
            let base = self.main.commit(base)?.tree;
            let tree = self.overlay(base, commit.tree, &mut done)?;
            let made = Commit { tree, parents, projected_from: Some(id), rest: commit.rest };
            done.head = self.main.put(ObjectType::Commit, made.to_bytes())?;
            done.only_in_view.insert(id);
            of_view.insert(id, done.head);
        }
        if !on_head.contains(&new) {
            return Err(refused(Rule::ForcePush, "the new head does not descend from yours: pull, then push again"));
        }
        Ok(done)
    }

    /// The pushed commits, parents first.
    fn pushed(&self, new: Oid, known: &HashMap<Oid, Oid>) -> Result<Vec<(Oid, Commit)>, StoreError> {
        let mut order: Vec<(Oid, Commit)> = Vec::new();
        let mut done: HashSet<Oid> = HashSet::new();
        let mut read: HashMap<Oid, Commit> = HashMap::new();
        let mut stack = vec![new];
        while let Some(id) = stack.last().copied() {
            if known.contains_key(&id) || done.contains(&id) {
                stack.pop();
                continue;
            }
            if !read.contains_key(&id) {
                if order.len() + read.len() >= self.limits.commits_max {
                    return Err(refused(
                        Rule::PushTooLarge,
                        &format!("more than {} new commits", self.limits.commits_max),
                    ));
                }
                read.insert(id, self.commit(id)?);
            }
            let before = stack.len();
            let missing: Vec<Oid> =
                read[&id].parents.iter().copied().filter(|id| !known.contains_key(id) && !done.contains(id)).collect();
            stack.extend(missing);
            if stack.len() == before {
                stack.pop();
                done.insert(id);
                order.extend(read.remove(&id).map(|commit| (id, commit)));
            }
        }
        Ok(order)
    }

    /// A pushed commit, which may be anything.
    fn commit(&self, id: Oid) -> Result<Commit, StoreError> {
        match self.main.header(id)?.filter(|_| self.main.is_extra(id)) {
            Some((size, ObjectType::Commit)) if size <= self.limits.commit_bytes_max => {}
            Some((_, ObjectType::Commit)) => {
                return Err(refused(Rule::PushTooLarge, &format!("the commit {id} is too large")));
            }
            _ => return Err(refused(Rule::Malformed, &format!("the commit {id} is missing"))),
        }
        let commit = Commit::parse(self.main.read(id, ObjectType::Commit)?)
            .map_err(|problem| refused(Rule::Malformed, &format!("the commit {id} is malformed: {problem}")))?;
        match commit.projected_from {
            _ if commit.parents.len() > PARENTS_MAX => Err(refused(Rule::PushTooLarge, &commit.too_many_parents())),
            Some(_) => {
                Err(refused(Rule::Malformed, "a commit has the header \"projected-from\", which git does not write"))
            }
            None => Ok(commit),
        }
    }

    /// Main's tree with everything in it that the view shows replaced by what was pushed. Whatever was pushed beyond that
    /// (another profile, an `OWNERS`) comes along: the policy says no to it, and says why.
    fn overlay(&mut self, base: Oid, pushed: Oid, done: &mut Unfiltered) -> Result<Oid, StoreError> {
        let mut root = self.main.tree(base)?;
        let owned = self.filter.owned(self.main, &root)?;
        let pushed_root = self.pushed_tree(pushed)?;
        done.only_in_view.insert(pushed);
        root.set(b"README.md", None);
        for entry in pushed_root.entries.iter().filter(|entry| entry.name != PROFILES) {
            done.brought.push((entry.mode.clone(), entry.id));
            root.set(&entry.name, Some((entry.mode.clone(), entry.id)));
        }
        let old = root.folder(PROFILES).map(|id| self.main.tree(id)).transpose()?.unwrap_or_default();
        let mut profiles =
            Tree { entries: old.entries.into_iter().filter(|entry| !owned.contains(&entry.name)).collect() };
        match pushed_root.get(PROFILES) {
            Some(entry) if entry.mode.is_tree() => {
                done.only_in_view.insert(entry.id);
                for profile in self.pushed_tree(entry.id)?.entries {
                    done.brought.push((profile.mode.clone(), profile.id));
                    profiles.set(&profile.name, Some((profile.mode, profile.id)));
                }
            }
            Some(entry) => {
                root.set(PROFILES, Some((entry.mode.clone(), entry.id)));
                return self.main.put_tree(&root);
            }
            None => {}
        }
        let value = if profiles.entries.is_empty() { None } else { Some((Mode::Tree, self.main.put_tree(&profiles)?)) };
        root.set(PROFILES, value);
        self.main.put_tree(&root)
    }

    fn pushed_tree(&self, id: Oid) -> Result<Tree, StoreError> {
        match self.main.header(id)? {
            Some((size, ObjectType::Tree)) if size <= TREE_BYTES_MAX && self.main.is_extra(id) => {}
            _ => return Err(refused(Rule::Malformed, &format!("the folder {id} is missing, too large or no folder"))),
        }
        Tree::parse(&self.main.read(id, ObjectType::Tree)?)
            .map_err(|problem| refused(Rule::Malformed, &format!("the folder {id} is malformed: {problem}")))
    }
}

pub(super) fn refused(rule: Rule, text: &str) -> StoreError {
    StoreError::Refused(Refusals::one(rule, text))
}
