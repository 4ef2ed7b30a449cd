//! Where objects come from and where they go.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    path::{Path, PathBuf},
};

use git2::{ErrorCode, ObjectType, Odb, Oid, Repository};

use super::{Commit, Mode, RawTree, Tree};
use crate::StoreError;

/// More objects than this are written as one pack.
const LOOSE_MAX: usize = 100;
/// Before every other place that objects are written to.
const MEMORY_FIRST: i32 = 1_000;
/// As git's own packs.
const PACK_MODE: u32 = 0o444;

/// All objects that one operation can see.
pub(crate) struct Objects {
    base: Repository,
    extra: Option<(PathBuf, Odb<'static>)>,
    fresh: HashMap<Oid, (ObjectType, Vec<u8>)>,
    order: Vec<Oid>,
}

impl Objects {
    /// What the repository holds.
    pub(crate) fn of(base: Repository) -> Self {
        Self { base, extra: None, fresh: HashMap::new(), order: Vec::new() }
    }

    /// Sees the objects in the folders as well: a push's quarantine, another repository's `objects`.
    pub(crate) fn with_folders(mut self, folders: &[&Path]) -> Result<Self, StoreError> {
        let Some(first) = folders.first() else { return Ok(self) };
        let odb = Odb::new()?;
        for folder in folders {
            let text = folder.to_str().ok_or_else(|| StoreError::damaged("a folder of objects has no UTF-8 path"))?;
            odb.add_disk_alternate(text)?;
        }
        self.extra = Some((first.to_path_buf(), odb));
        Ok(self)
    }

    pub(crate) fn repository(&self) -> &Repository {
        &self.base
    }

    /// Whether the repository itself holds it.
    pub(crate) fn is_stored(&self, id: Oid) -> Result<bool, StoreError> {
        Ok(self.base.odb()?.exists(id))
    }

    /// All objects in the extra folders.
    pub(crate) fn extra_ids(&self) -> Result<Vec<Oid>, StoreError> {
        let mut ids = Vec::new();
        if let Some((_, odb)) = &self.extra {
            odb.foreach(|id| {
                ids.push(*id);
                true
            })?;
        }
        Ok(ids)
    }

    /// Whether one of the extra folders holds it. What the repository holds does not count.
    pub(crate) fn is_extra(&self, id: Oid) -> bool {
        self.extra.as_ref().is_some_and(|(_, odb)| odb.exists(id))
    }

    /// The first of these files and folders, or of all below them, that none of the extra folders holds, or that is a folder
    /// of more than `tree_bytes_max`.
    pub(crate) fn not_extra(&self, these: &[(Mode, Oid)], tree_bytes_max: u64) -> Result<Option<Oid>, StoreError> {
        let mut stack = these.to_vec();
        let mut seen = HashSet::new();
        while let Some((mode, id)) = stack.pop() {
            // What a submodule names is no object of anybody's here.
            if mode == Mode::Submodule || !seen.insert((mode.is_tree(), id)) {
                continue;
            }
            if !self.is_extra(id) {
                return Ok(Some(id));
            }
            match self.header(id)? {
                Some((size, ObjectType::Tree)) if mode.is_tree() && size > tree_bytes_max => return Ok(Some(id)),
                Some((_, ObjectType::Tree)) if mode.is_tree() => {
                    // One that is malformed is refused where it is judged.
                    let tree = Tree::parse(&self.read(id, ObjectType::Tree)?).unwrap_or_default();
                    stack.extend(tree.entries.into_iter().map(|entry| (entry.mode, entry.id)));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Size and type, without reading the whole; `None` where there is no such object.
    pub(crate) fn header(&self, id: Oid) -> Result<Option<(u64, ObjectType)>, StoreError> {
        if let Some((kind, bytes)) = self.fresh.get(&id) {
            return Ok(Some((bytes.len() as u64, *kind)));
        }
        let (size, kind) = match self.base.odb()?.read_header(id) {
            Err(error) if error.code() == ErrorCode::NotFound => match &self.extra {
                Some((_, odb)) => match odb.read_header(id) {
                    Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
                    other => other?,
                },
                None => return Ok(None),
            },
            other => other?,
        };
        Ok(Some((size as u64, kind)))
    }

    /// The object's bytes.
    pub(crate) fn read(&self, id: Oid, kind: ObjectType) -> Result<Vec<u8>, StoreError> {
        if let Some((has, bytes)) = self.fresh.get(&id) {
            return if *has == kind { Ok(bytes.clone()) } else { Err(is_no(id, kind)) };
        }
        let odb = self.base.odb()?;
        let take = |object: git2::OdbObject<'_>| {
            if object.kind() == kind { Ok(object.data().to_vec()) } else { Err(is_no(id, kind)) }
        };
        match (odb.read(id), &self.extra) {
            (Ok(object), _) => take(object),
            (Err(error), Some((_, extra))) if error.code() == ErrorCode::NotFound => take(extra.read(id)?),
            (Err(error), _) if error.code() == ErrorCode::NotFound => {
                Err(StoreError::damaged(format!("{kind} {id} is missing")))
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    pub(crate) fn blob(&self, id: Oid) -> Result<Vec<u8>, StoreError> {
        self.read(id, ObjectType::Blob)
    }

    pub(crate) fn tree(&self, id: Oid) -> Result<Tree, StoreError> {
        Tree::parse(&self.read(id, ObjectType::Tree)?)
            .map_err(|problem| StoreError::damaged(format!("tree {id}: {problem}")))
    }

    /// A tree that is looked into and not judged.
    pub(crate) fn raw_tree(&self, id: Oid) -> Result<RawTree, StoreError> {
        RawTree::parse(self.read(id, ObjectType::Tree)?)
            .map_err(|problem| StoreError::damaged(format!("tree {id}: {problem}")))
    }

    pub(crate) fn commit(&self, id: Oid) -> Result<Commit, StoreError> {
        Commit::parse(self.read(id, ObjectType::Commit)?)
            .map_err(|problem| StoreError::damaged(format!("commit {id}: {problem}")))
    }

    /// Takes a new object into memory.
    pub(crate) fn put(&mut self, kind: ObjectType, bytes: Vec<u8>) -> Result<Oid, StoreError> {
        let id = Oid::hash_object(kind, &bytes)?;
        if self.fresh.insert(id, (kind, bytes)).is_none() {
            self.order.push(id);
        }
        Ok(id)
    }

    pub(crate) fn put_tree(&mut self, tree: &Tree) -> Result<Oid, StoreError> {
        self.put(ObjectType::Tree, tree.to_bytes())
    }

    /// Copies folders, with all below them, and files from the extra folders to what [`Self::persist`] writes, ahead of
    /// what was put before: that points to them.
    pub(crate) fn adopt(&mut self, brought: &[(Mode, Oid)]) -> Result<(), StoreError> {
        let later = std::mem::take(&mut self.order);
        for (mode, id) in brought {
            if mode.is_tree() {
                self.adopt_tree(*id)?;
            } else {
                self.adopt_blob(*id)?;
            }
        }
        self.order.extend(later);
        Ok(())
    }

    fn adopt_blob(&mut self, id: Oid) -> Result<(), StoreError> {
        if !self.fresh.contains_key(&id) && !self.is_stored(id)? {
            let bytes = self.blob(id)?;
            self.put(ObjectType::Blob, bytes)?;
        }
        Ok(())
    }

    fn adopt_tree(&mut self, id: Oid) -> Result<(), StoreError> {
        if self.fresh.contains_key(&id) || self.is_stored(id)? {
            return Ok(());
        }
        let tree = self.tree(id)?;
        for entry in &tree.entries {
            if entry.mode.is_tree() {
                self.adopt_tree(entry.id)?;
            } else {
                self.adopt_blob(entry.id)?;
            }
        }
        self.put_tree(&tree)?;
        Ok(())
    }

    /// Writes what was put, in the order in which it was put, so that nothing points to what is not there yet. Many objects
    /// come as one pack: each one by itself would be flushed by itself.
    ///
    /// When it returns everything is on the disk, also the names of new folders.
    pub(crate) fn persist(&mut self) -> Result<(), StoreError> {
        if self.order.len() > LOOSE_MAX {
            return self.persist_packed();
        }
        let odb = self.base.odb()?;
        for id in self.order.drain(..) {
            let (kind, bytes) =
                self.fresh.remove(&id).ok_or_else(|| StoreError::damaged("an object was put and is gone"))?;
            let written = odb.write(kind, &bytes)?;
            if written != id {
                return Err(StoreError::damaged(format!("{id} was written as {written}")));
            }
        }
        let folder = self.base.path().join("objects");
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(StoreError::io(format!("flush {}", folder.display())))
    }
}

impl Objects {
    /// As one pack, which is flushed before it gets its name, and is there as a whole or not at all.
    fn persist_packed(&mut self) -> Result<(), StoreError> {
        // Another handle: one that has objects in memory would keep there whatever is written later.
        let writing = Repository::open_bare(self.base.path())?;
        writing.set_config(&self.base.config()?)?;
        let odb = writing.odb()?;
        let memory = odb.add_new_mempack_backend(MEMORY_FIRST)?;
        let mut pack = writing.packbuilder()?;
        pack.set_threads(1);
        for id in self.order.drain(..) {
            let (kind, bytes) =
                self.fresh.remove(&id).ok_or_else(|| StoreError::damaged("an object was put and is gone"))?;
            let written = odb.write(kind, &bytes)?;
            if written != id {
                return Err(StoreError::damaged(format!("{id} was written as {written}")));
            }
            pack.insert_object(id, None)?;
        }
        pack.write(&self.base.path().join("objects/pack"), PACK_MODE)?;
        memory.reset()?;
        Ok(self.base.odb()?.refresh()?)
    }
}

fn is_no(id: Oid, kind: ObjectType) -> StoreError {
    StoreError::damaged(format!("{id} is no {kind}"))
}
