//! The repository of a view, brought up to date.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
};

use git2::{ObjectType, Oid};

use super::{filter::Filter, state::State};
use crate::{
    CommitId, OwnerId, StoreError,
    objects::Objects,
    store::{MAIN, Store, init_bare, open},
};

/// One owner's view, as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The bare repository that the owner may clone.
    pub git_dir: PathBuf,
    /// Its main.
    pub head: CommitId,
}

/// A view that nobody else brings up to date or pushes to. Hold it while git serves a push to the view: git moves the
/// view's main after [`Store::accept`] has said yes, and must find it where it was.
#[derive(Debug)]
pub struct ViewLock {
    view: View,
    /// The kernel's lock goes with it.
    _file: File,
}

impl ViewLock {
    /// The view.
    pub fn view(&self) -> &View {
        &self.view
    }
}

impl Store {
    /// Brings the view of `owner` up to date with main, for a clone or a fetch. Waits while a push to it is served.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Git`], [`StoreError::Damaged`].
    pub fn view(&self, owner: &OwnerId) -> Result<View, StoreError> {
        Ok(self.lock_view(owner)?.view)
    }

    /// As [`Self::view`], and keeps it so until the lock is dropped.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub fn lock_view(&self, owner: &OwnerId) -> Result<ViewLock, StoreError> {
        let git_dir = self.view_dir(owner)?;
        let lock = git_dir.with_extension("lock");
        let failed = || StoreError::io(format!("lock {}", lock.display()));
        fs::create_dir_all(self.root().join("views")).map_err(failed())?;
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock).map_err(failed())?;
        file.lock().map_err(failed())?;
        let head = self.refresh(owner, &git_dir)?;
        Ok(ViewLock { view: View { git_dir, head }, _file: file })
    }

    /// Where the view of `owner` lies, whether it exists or not.
    pub(super) fn view_dir(&self, owner: &OwnerId) -> Result<PathBuf, StoreError> {
        // A name that any file system takes, and that says nothing about the owner.
        let name = Oid::hash_object(ObjectType::Blob, owner.as_str().as_bytes())?;
        Ok(self.root().join("views").join(format!("{name}.git")))
    }

    fn refresh(&self, owner: &OwnerId, git_dir: &std::path::Path) -> Result<CommitId, StoreError> {
        let state_path = git_dir.join("view-state");
        let main = Objects::of(self.repository()?);
        let head = main.repository().refname_to_id(MAIN)?;
        if !git_dir.join("HEAD").exists() || !state_path.exists() {
            init_bare(git_dir)?;
        }
        let state = State::load(&state_path);
        let view = open(git_dir, self.root())?;
        if let Some((main, mapped)) = state.head.filter(|(main, _)| *main == head)
            && view.refname_to_id(MAIN).ok() == Some(mapped)
        {
            tracing::trace!(%main, "the view is up to date");
            return Ok(CommitId(mapped));
        }
        let mut filter = Filter::new(owner, Objects::of(view), state.made, state.head);
        let mapped = filter.map(&main, head)?;
        filter.view.persist()?;
        // A lock on the view's main is left over from a killed git: whoever serves a push to it holds the view.
        let left_over = git_dir.join(format!("{MAIN}.lock"));
        if left_over.exists() {
            fs::remove_file(&left_over).map_err(StoreError::io(format!("remove {}", left_over.display())))?;
        }
        filter.view.repository().reference(MAIN, mapped, true, "view")?;
        State { head: Some((head, mapped)), made: filter.made().to_vec() }.save(&state_path)?;
        Ok(CommitId(mapped))
    }

    /// The mapping as it was last kept, over the view's repository.
    pub(super) fn load_filter<'a>(&self, owner: &'a OwnerId) -> Result<Filter<'a>, StoreError> {
        let git_dir = self.view_dir(owner)?;
        let state = State::load(&git_dir.join("view-state"));
        let view = open(&git_dir, self.root())?;
        Ok(Filter::new(owner, Objects::of(view), state.made, state.head))
    }
}
