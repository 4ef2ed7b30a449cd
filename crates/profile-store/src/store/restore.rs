//! A profile as it was.

use std::collections::BTreeSet;

use super::{Change, Committed, FileEntry, Store};
use crate::{Actor, Author, CommitId, ProfileName, StoreError, UpdateError};

impl Store {
    /// Makes `profile` what it was at a commit of main's history, as a new commit: nothing is taken out of the history, and
    /// the policy judges what comes back as if it were new.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`], [`StoreError::NoProfile`] where it had no files then, [`StoreError::Refused`].
    pub fn restore(
        &self,
        profile: &ProfileName,
        to: CommitId,
        actor: &Actor,
        author: &Author,
    ) -> Result<Committed, StoreError> {
        let then = self.at(to)?;
        let files = then.files(profile)?;
        if files.is_empty() {
            return Err(StoreError::NoProfile(profile.clone()));
        }
        let put = |file: &FileEntry| {
            let path = format!("{}/{}", profile.folder(), file.path);
            let content = then.file(profile, &file.path)?.unwrap_or_default();
            Ok::<_, StoreError>(Change::Put { path, content, executable: file.executable })
        };
        let puts: Vec<Change> = files.iter().map(put).collect::<Result<_, _>>()?;
        let kept: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let message = format!("Restore {profile} as of {:.12}", to.to_string());
        let restored = self.update(actor, author, &message, |now| {
            let extra = now.files(profile)?.into_iter().filter(|file| !kept.contains(file.path.as_str()));
            // First what goes: a file may be where a folder comes back.
            let mut changes: Vec<Change> = extra.map(|file| Change::delete(profile, &file.path)).collect();
            changes.extend(puts.iter().cloned());
            Ok::<_, StoreError>(changes)
        });
        restored.map_err(|error| match error {
            UpdateError::Declined(error) | UpdateError::Store(error) => error,
        })
    }
}
