//! What every run of git needs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use daemon_kit::clock::Clock;
use profile_store::Store;
use tokio_util::task::TaskTracker;

use super::{hooks::Hooks, program::GitProgram, turns::Turns, upkeep::sweep_quarantines};
use crate::Books;

/// The doors; a cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct GitDoors(Arc<Parts>);

/// What [`GitDoors`] stands for.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(super) git: GitProgram,
    pub(super) hooks: Hooks,
    /// The registry's folder.
    pub(super) state: PathBuf,
    pub(super) store: Store,
    pub(super) books: Books,
    pub(super) clock: Clock,
    pub(super) turns: Turns,
    /// Runs that have not ended.
    pub(super) runs: TaskTracker,
}

impl GitDoors {
    /// Finds git, and gives it its hooks, which run `program`: the registry's own.
    ///
    /// # Errors
    /// When there is no git that will do, or no hook runs; the error says what to do.
    pub(crate) fn open(store: Store, books: Books, clock: Clock, program: &Path) -> anyhow::Result<Self> {
        let git_dir = store.git_dir();
        let state = git_dir.parent().context("the repository lies nowhere")?.to_owned();
        let hooks = Hooks::install(&state, program).context("give git its hooks")?;
        let git = GitProgram::find(hooks.folder())?;
        sweep_quarantines(&state)?;
        let (turns, runs) = (Turns::default(), TaskTracker::new());
        Ok(Self(Arc::new(Parts { git, hooks, state, store, books, clock, turns, runs })))
    }

    /// Waits until no run of git is left; nobody may begin one any more.
    pub(crate) async fn ended(&self) {
        self.0.runs.close();
        self.0.runs.wait().await;
    }
}

impl std::ops::Deref for GitDoors {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
