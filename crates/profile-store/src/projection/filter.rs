//! From commits of main to commits of a view.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque, hash_map::Entry},
    rc::Rc,
};

use git2::{ObjectType, Oid};

use crate::{
    OwnerId, Owners, StoreError,
    objects::{self, Commit, Objects, RawTree, Tree},
    store::{NEUTRAL, PROFILES},
};

const README: &[u8] = b"README.md";
/// Of two thousand profiles each takes a tenth of a megabyte.
const RECENT: usize = 4;

/// Names of folders in `profiles/`.
pub(super) type Owned = Rc<BTreeSet<Vec<u8>>>;

/// The mapping, as far as it is known, and the view's objects.
pub(super) struct Filter<'a> {
    owner: &'a OwnerId,
    pub(super) view: Objects,
    map: HashMap<Oid, Oid>,
    /// Commits of main whose mapping cannot be told from their parents', in the order in which they were mapped.
    made: Vec<(Oid, Oid)>,
    owned: HashMap<Oid, Owned>,
    /// The folders of all profiles that were read last: a commit's is its child's parent's.
    recent: VecDeque<(Oid, Rc<RawTree>)>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(owner: &'a OwnerId, view: Objects, made: Vec<(Oid, Oid)>, head: Option<(Oid, Oid)>) -> Self {
        let map = made.iter().copied().chain(head).collect();
        Self { owner, view, map, made, owned: HashMap::new(), recent: VecDeque::new() }
    }

    pub(super) fn made(&self) -> &[(Oid, Oid)] {
        &self.made
    }

    /// The commit of the view that `id` of main becomes. Maps all its ancestors that are not mapped yet.
    pub(super) fn map(&mut self, main: &Objects, id: Oid) -> Result<Oid, StoreError> {
        let mut read: HashMap<Oid, Commit> = HashMap::new();
        let mut stack = vec![id];
        while let Some(id) = stack.last().copied() {
            if self.map.contains_key(&id) {
                stack.pop();
                continue;
            }
            let commit = match read.entry(id) {
                Entry::Occupied(read) => read.into_mut(),
                Entry::Vacant(unread) => unread.insert(main.commit(id)?),
            };
            let missing = commit.parents.iter().filter(|parent| !self.map.contains_key(parent));
            let before = stack.len();
            stack.extend(missing.copied().collect::<Vec<_>>());
            if stack.len() == before {
                if let Some(commit) = read.remove(&id) {
                    self.map_one(main, id, &commit)?;
                }
                stack.pop();
            }
        }
        Ok(self.map[&id])
    }

    /// Maps a commit whose parents are mapped.
    fn map_one(&mut self, main: &Objects, id: Oid, commit: &Commit) -> Result<(), StoreError> {
        let tree = self.tree(main, commit.tree)?;
        let mapped: Vec<Oid> = commit.parents.iter().map(|parent| self.map[parent]).collect();
        if let Some(from) = commit.projected_from {
            let same = Commit { tree, parents: mapped.clone(), projected_from: None, rest: commit.rest.clone() };
            let bytes = same.to_bytes();
            if Oid::hash_object(ObjectType::Commit, &bytes)? == from {
                let from = self.view.put(ObjectType::Commit, bytes)?;
                self.remember(id, from);
                return Ok(());
            }
        }
        let mut parents: Vec<Oid> = Vec::new();
        for parent in mapped {
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        if let Some(parent) = self.same_as(tree, &parents)? {
            if commit.parents.len() > 1 {
                self.remember(id, parent);
            } else {
                self.map.insert(id, parent);
            }
            return Ok(());
        }
        let message = if self.speaks_only_of_its_own(main, commit)? { commit.message() } else { NEUTRAL.to_owned() };
        let new = Commit { tree, parents, projected_from: None, ..commit.with_message(message.trim_end()) };
        let new = self.view.put(ObjectType::Commit, new.to_bytes())?;
        self.remember(id, new);
        Ok(())
    }

    fn remember(&mut self, main: Oid, view: Oid) {
        self.map.insert(main, view);
        self.made.push((main, view));
    }

    /// The parent that has this tree and descends from all others: the commit adds nothing to it.
    fn same_as(&self, tree: Oid, parents: &[Oid]) -> Result<Option<Oid>, StoreError> {
        for parent in parents {
            if self.view.commit(*parent)?.tree != tree {
                continue;
            }
            let others: HashSet<Oid> = parents.iter().copied().filter(|other| other != parent).collect();
            if others.is_empty() || self.descends_from(*parent, others)? {
                return Ok(Some(*parent));
            }
        }
        Ok(None)
    }

    fn descends_from(&self, id: Oid, mut ancestors: HashSet<Oid>) -> Result<bool, StoreError> {
        let mut seen = HashSet::new();
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            ancestors.remove(&id);
            if ancestors.is_empty() {
                return Ok(true);
            }
            if seen.insert(id) {
                stack.extend(self.view.commit(id)?.parents);
            }
        }
        Ok(false)
    }

    /// The tree with only what is the owner's, copied to the view.
    fn tree(&mut self, main: &Objects, root: Oid) -> Result<Oid, StoreError> {
        let root = main.tree(root)?;
        let owned = self.owned(main, &root)?;
        let mut filtered = Tree::default();
        if let Some(readme) = root.get(README).filter(|entry| !entry.mode.is_tree()) {
            copy(main, &mut self.view, readme)?;
            filtered.set(README, Some((readme.mode.clone(), readme.id)));
        }
        if let Some(profiles) = root.folder(PROFILES).filter(|_| !owned.is_empty()) {
            let tree = Tree { entries: self.profiles(main, profiles)?.select(|name| owned.contains(name)) };
            if !tree.entries.is_empty() {
                for entry in &tree.entries {
                    copy(main, &mut self.view, entry)?;
                }
                let id = self.put_tree(&tree)?;
                filtered.set(PROFILES, Some((objects::Mode::Tree, id)));
            }
        }
        self.put_tree(&filtered)
    }

    /// The folder of all profiles.
    fn profiles(&mut self, main: &Objects, id: Oid) -> Result<Rc<RawTree>, StoreError> {
        if let Some((_, tree)) = self.recent.iter().find(|(recent, _)| *recent == id) {
            return Ok(Rc::clone(tree));
        }
        let tree = Rc::new(main.raw_tree(id)?);
        self.recent.truncate(RECENT - 1);
        self.recent.push_front((id, Rc::clone(&tree)));
        Ok(tree)
    }

    /// Puts a tree that the view may hold already.
    fn put_tree(&mut self, tree: &Tree) -> Result<Oid, StoreError> {
        let id = Oid::hash_object(ObjectType::Tree, &tree.to_bytes())?;
        if self.view.header(id)?.is_some() { Ok(id) } else { self.view.put_tree(tree) }
    }

    /// The owner's profiles by the `OWNERS` in a tree; none where it cannot be read.
    pub(super) fn owned(&mut self, main: &Objects, root: &Tree) -> Result<Owned, StoreError> {
        let Some(entry) = root.get(b"OWNERS").filter(|entry| !entry.mode.is_tree()) else {
            return Ok(Owned::default());
        };
        if let Some(owned) = self.owned.get(&entry.id) {
            return Ok(Rc::clone(owned));
        }
        let bytes = main.blob(entry.id)?;
        // Most of main's history is from before the owner came: a search costs a hundredth of reading every line.
        let is_named = memchr::memmem::find(&bytes, format!(" | {} | ", self.owner).as_bytes()).is_some();
        let owners = if is_named { Owners::parse(&bytes).unwrap_or_default() } else { Owners::default() };
        let owned: Owned =
            Rc::new(owners.profiles_of(self.owner).map(|name| name.as_str().as_bytes().to_vec()).collect());
        self.owned.insert(entry.id, Rc::clone(&owned));
        Ok(owned)
    }

    /// Whether a commit with one parent changes nobody else's profile, so that its message can be shown.
    fn speaks_only_of_its_own(&mut self, main: &Objects, commit: &Commit) -> Result<bool, StoreError> {
        let [parent] = commit.parents.as_slice() else { return Ok(commit.parents.is_empty()) };
        let (before, after) = (main.tree(main.commit(*parent)?.tree)?, main.tree(commit.tree)?);
        let owned = (self.owned(main, &before)?, self.owned(main, &after)?);
        let mut profiles = |root: &Tree| match root.folder(PROFILES) {
            Some(id) => self.profiles(main, id),
            None => Ok(Rc::default()),
        };
        let (before, after) = (profiles(&before)?, profiles(&after)?);
        Ok(before.differs_only_in(&after, |name| owned.0.contains(name) || owned.1.contains(name)))
    }
}

/// Copies an entry with all below it to the view.
fn copy(main: &Objects, view: &mut Objects, entry: &objects::Entry) -> Result<(), StoreError> {
    if view.header(entry.id)?.is_some() {
        return Ok(());
    }
    if !entry.mode.is_tree() {
        view.put(ObjectType::Blob, main.blob(entry.id)?)?;
        return Ok(());
    }
    let tree = main.tree(entry.id)?;
    for inner in &tree.entries {
        copy(main, view, inner)?;
    }
    view.put_tree(&tree)?;
    Ok(())
}
