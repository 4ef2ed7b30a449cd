//! Commits onto main.

use std::convert::Infallible;

use git2::{ObjectType, Oid};

use super::{
    Base, Change, Committed, MAIN, Snapshot, Store,
    main_ref::{Moved, move_main},
    writer::Writer,
};
use crate::{
    Actor, Author, Refusals, Rule, StoreError, UpdateError,
    objects::{Commit, NewCommit, Objects, edit},
    policy::{Question, judge},
};

/// Stock git would have to win as many races in a row.
const ATTEMPTS: usize = 200;

impl Store {
    /// Commits `changes`, if the policy lets `actor` make them.
    ///
    /// On return the commit is on the disk. A concurrent commit is never lost: where main moved on, the changes are put
    /// onto where it is now, as far as `base` permits.
    ///
    /// # Errors
    /// [`StoreError::Refused`], [`StoreError::Conflict`], [`StoreError::NoCommit`] for a base that never was main; then and
    /// always nothing has changed.
    pub fn commit(
        &self,
        base: Base,
        actor: &Actor,
        author: &Author,
        message: &str,
        changes: &[Change],
    ) -> Result<Committed, StoreError> {
        let committed = self.update(actor, author, message, |now| {
            self.check_base(base, now, changes)?;
            Ok::<_, StoreError>(changes.to_vec())
        });
        committed.map_err(|error| match error {
            UpdateError::Declined(error) | UpdateError::Store(error) => error,
        })
    }

    /// Commits what `decide` makes of main as it is: read, decide and write in one step. `decide` is called again where
    /// main moves meanwhile, so that for instance two claims of one profile cannot both see it free.
    ///
    /// # Errors
    /// [`UpdateError::Declined`] with what `decide` said; [`UpdateError::Store`] as [`Self::commit`].
    pub fn update<E>(
        &self,
        actor: &Actor,
        author: &Author,
        message: &str,
        mut decide: impl FnMut(&Snapshot) -> Result<Vec<Change>, E>,
    ) -> Result<Committed, UpdateError<E>> {
        let mut writer = Writer::lock(self)?;
        for _ in 0..ATTEMPTS {
            let now = self.head()?;
            let changes = decide(&now).map_err(UpdateError::Declined)?;
            let head = now.id().0;
            let mut objects = now.into_objects();
            let old_tree = objects.commit(head)?.tree;
            if let Some(change) = changes.iter().find(|change| !is_plain(change.path())) {
                let text = format!("{:?} is no path", change.path());
                return Err(StoreError::Refused(Refusals::one(Rule::Path, text)).into());
            }
            let leaves = Change::leaves(&mut objects, changes)?;
            let tree = edit(&mut objects, old_tree, &leaves)?;
            if tree == old_tree {
                return Ok(Committed::new(head, false));
            }
            let commit = Commit::new(NewCommit { tree, parents: vec![head], author, message });
            let new = objects.put(ObjectType::Commit, commit.to_bytes())?;
            judge(&Question { objects: &objects, old: head, new, actor, limits: &self.limits })?;
            objects.persist()?;
            if move_main(objects.repository(), &mut writer, head, new)? == Moved::Yes {
                return Ok(Committed::new(new, true));
            }
        }
        Err(StoreError::Busy(self.git_dir().join(MAIN)).into())
    }

    fn check_base(&self, base: Base, now: &Snapshot, changes: &[Change]) -> Result<(), StoreError> {
        let base = match base {
            Base::Any => return Ok(()),
            Base::Exactly(base) | Base::SamePaths(base) if base == now.id() => return Ok(()),
            Base::Exactly(base) => return Err(StoreError::Conflict { base, paths: vec!["main".to_owned()] }),
            Base::SamePaths(base) => base,
        };
        let before = self.at(base)?;
        let mut paths = Vec::new();
        for change in changes {
            if before.entry(change.path())? != now.entry(change.path())? {
                paths.push(change.path().to_owned());
            }
        }
        if paths.is_empty() { Ok(()) } else { Err(StoreError::Conflict { base, paths }) }
    }
}

/// Moves main for the other doors than [`Store::update`]: nobody else does while it lives.
pub(crate) struct Lander(Writer);

impl Lander {
    /// Waits for its turn.
    pub(crate) fn new(store: &Store) -> Result<Self, StoreError> {
        Writer::lock(store).map(Self)
    }

    /// Makes objects permanent and main point to `new`; says no where main is no longer at `head`. The caller has had them
    /// judged.
    pub(crate) fn land(&mut self, objects: &mut Objects, head: Oid, new: Oid) -> Result<bool, StoreError> {
        objects.persist()?;
        Ok(move_main(objects.repository(), &mut self.0, head, new)? == Moved::Yes)
    }
}

/// A path that means the same to a tree as to its reader. Whether it may be there is the policy's business.
fn is_plain(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|name| !name.is_empty() && name != "." && name != "..")
}

/// For callers whose function cannot say no.
impl From<UpdateError<Infallible>> for StoreError {
    fn from(error: UpdateError<Infallible>) -> Self {
        match error {
            UpdateError::Declined(never) => match never {},
            UpdateError::Store(error) => error,
        }
    }
}
