//! Looking: what is here, what was last the same, and what the registry has.

use profile_store::ProfileName;

use super::{Engine, Mode, Task};
use crate::{
    client::{ClientError, Fetched},
    disk::Folder,
    failure::Failure,
    home::LocalProfile,
    state::Base,
    sync::{Remote, Tree},
};

/// What a round works with.
pub(super) struct Round {
    pub(super) base: Option<(Base, Tree)>,
    /// Whether the base stands on the disk as it is here.
    pub(super) is_stored: bool,
    pub(super) theirs: Tree,
    pub(super) content_id: Option<String>,
    pub(super) commit: String,
    pub(super) local: LocalProfile,
    pub(super) folder: Option<Folder>,
    pub(super) serving: bool,
    pub(super) memories: bool,
}

impl Round {
    /// Whether the registry has something else than what was last the same.
    pub(super) fn has_moved(&self) -> bool {
        let known = self.base.as_ref().and_then(|(base, _)| base.content_id.as_ref());
        known != self.content_id.as_ref()
    }
}

impl<R: Remote> Engine<'_, R> {
    /// Everything that a plan is made of. `None` for a profile that was here and is not any more.
    pub(super) async fn look(&self, task: &Task) -> Result<Option<Round>, Failure> {
        let profile = &task.profile;
        let serving_host = self.remote.serving_host(profile).await?;
        let (mut base, is_stored) = self.base(profile).await?;
        let folder = self.home.profile(profile)?;
        if folder.is_none() {
            if task.mode == Mode::Push {
                let path = self.home.profile_path(profile);
                return Err(Failure::failed(format!("{profile}: there is no {}", path.display())));
            }
            if base.is_some() && !task.named {
                return Ok(None);
            }
            // What was here is gone; what comes is as on the first day.
            base = None;
        }
        let memories = task.memories.or(base.as_ref().map(|(base, _)| base.memories)).unwrap_or(false);
        let local = match &folder {
            Some(folder) => {
                let read = LocalProfile::read(folder, memories);
                read.map_err(|error| Failure::io("read", folder.path(), &error))?
            }
            None => LocalProfile::default(),
        };
        // What the registry has and the base has not may be of interest by now.
        let whole = base.as_ref().filter(|(base, _)| base.whole);
        let known = whole.and_then(|(base, _)| base.content_id.as_deref());
        let (theirs, content_id, commit) = match (self.remote.content(profile, known, None).await?, &base) {
            (Fetched::Content(content), _) => (content.tree(), content.content_id, content.head),
            (Fetched::Unchanged, Some((base, tree))) => (tree.clone(), base.content_id.clone(), base.commit.clone()),
            (Fetched::Unchanged, None) => {
                return Err(Failure::failed("the registry says that nothing changed, but nothing was known"));
            }
        };
        let serving = self.serving(task, serving_host, base.as_ref().map(|(base, _)| base), theirs.is_empty())?;
        Ok(Some(Round { base, theirs, content_id, commit, local, folder, serving, memories, is_stored }))
    }

    /// Whether this machine runs the jobs.
    fn serving(
        &self,
        task: &Task,
        serving_host: Option<String>,
        base: Option<&Base>,
        is_new: bool,
    ) -> Result<bool, Failure> {
        match serving_host {
            Some(host) if self.host == Some(host.as_str()) => Ok(true),
            Some(host) if task.serve == Some(true) => {
                let what = format!("{}: {host} runs its jobs; on two machines they would run twice", task.profile);
                Err(Failure::failed(what))
            }
            Some(_) => Ok(false),
            // What is committed for the first time runs where it was made.
            None => Ok(task.serve.or(base.map(|base| base.serving)).unwrap_or(is_new)),
        }
    }

    /// The base, fetched again where it is damaged or another registry's; and whether it did not have to be.
    async fn base(&self, profile: &ProfileName) -> Result<(Option<(Base, Tree)>, bool), Failure> {
        let Some(stored) = self.state.base(profile)? else { return Ok((None, false)) };
        let is_same = stored.head.registry == self.remote.address();
        if let (Some(tree), true) = (stored.tree, is_same) {
            return Ok((Some((stored.head, tree)), true));
        }
        let head = Base { registry: self.remote.address().to_owned(), ..stored.head };
        match self.remote.content(profile, None, Some(&head.commit)).await {
            Ok(Fetched::Content(content)) if content.content_id == head.content_id => {
                Ok((Some((head, content.tree())), false))
            }
            Ok(_) | Err(ClientError::Problem(_)) => Ok((None, false)),
            Err(error) => Err(error.into()),
        }
    }
}
