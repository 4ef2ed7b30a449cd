//! A repository, opened for one run of git.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use profile_store::{StoreError, ViewLock};

use super::{
    errand::Errand,
    git_doors::GitDoors,
    refused::Refused,
    repository::{Repository, Service},
    ticket::Ticket,
};
use crate::Actor;

/// What one run of git works on, and for whom.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) actor: Actor,
    pub(super) repository: Repository,
    git_dir: PathBuf,
    /// Of a push.
    pub(super) ticket: Option<Arc<Ticket>>,
    state: PathBuf,
    /// Of a push to a view: git moves the view's main only when the hook has said yes, and must find it where it was.
    _view: Option<ViewLock>,
}

impl Session {
    /// Opens what `actor` may see. Blocks, also while another push to the same view is served.
    ///
    /// `push`: git is going to receive something, and not only to say what there is.
    pub(super) fn open(
        doors: &GitDoors,
        actor: Actor,
        repository: Repository,
        service: Service,
        push: bool,
    ) -> Result<Self, Refused> {
        repository.check(&actor).map_err(Refused::NotForYou)?;
        let is_push = push && service == Service::Write;
        if is_push {
            doors.hooks.mend().map_err(|error| internal("give git its hooks", &*error))?;
        }
        let (git_dir, view) = match &actor {
            Actor::Owner(owner) => {
                // Else the view would hold nothing, as if everything had been taken away.
                doors.store.head().and_then(|head| head.owners()).map_err(|error| Refused::of(&error))?;
                if is_push {
                    let lock = doors.store.lock_view(owner).map_err(|error| Refused::of(&error))?;
                    (lock.view().git_dir.clone(), Some(lock))
                } else {
                    (doors.store.view(owner).map_err(|error| Refused::of(&error))?.git_dir, None)
                }
            }
            Actor::Admin | Actor::Host(_) => (doors.store.git_dir(), None),
        };
        let ticket = is_push.then(|| Ticket::issue(&doors.state).map(Arc::new)).transpose();
        let ticket = ticket.map_err(|error| internal("issue a ticket for a push", &error))?;
        Ok(Self { actor, repository, git_dir, ticket, state: doors.state.clone(), _view: view })
    }

    /// The bare repository.
    pub(super) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Lets a run of git, and so its hooks, know whom it is for.
    pub(super) fn tell(&self, command: &mut Command) {
        if let Some(ticket) = &self.ticket {
            let (state, ticket) = (self.state.clone(), ticket.path().to_owned());
            let errand = Errand { state, actor: self.actor.clone(), door: self.repository, ticket };
            command.envs(errand.variables());
        }
    }
}

fn internal(what: &str, error: &(dyn std::error::Error + 'static)) -> Refused {
    tracing::error!(error, "{what}: {error}");
    Refused::Internal
}

/// A task that blocks and died.
pub(super) fn died(_: tokio::task::JoinError) -> Refused {
    let source = io::Error::other("the task died");
    Refused::of(&StoreError::Io { what: "open a repository for git".to_owned(), source })
}
