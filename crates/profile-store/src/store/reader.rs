//! Who may see what of a profile's past.

use std::collections::HashMap;

use git2::Oid;

use super::{Snapshot, Store};
use crate::{
    CommitId, OwnerId, Owners, ProfileName, StoreError,
    objects::{Objects, Tree},
};

/// Who reads. What a profile was while it was somebody else's is not its new owner's to see, here as in a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Everything.
    All,
    /// The profile as of those commits whose own `OWNERS` gives it to this id.
    Owner(OwnerId),
}

impl Store {
    /// What main held at a commit of its history, for whoever asks about `profile`.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`] where main has never been there, or where the profile was not the reader's then.
    pub fn at_for(&self, reader: &Reader, profile: &ProfileName, commit: CommitId) -> Result<Snapshot, StoreError> {
        let then = self.at(commit)?;
        if Glasses::of(reader, profile).sees(then.objects(), then.root())? {
            Ok(then)
        } else {
            Err(StoreError::NoCommit(commit))
        }
    }
}

/// What a reader sees of one profile; remembers the files `OWNERS` that it has read.
pub(super) struct Glasses<'a> {
    reader: &'a Reader,
    profile: &'a ProfileName,
    known: HashMap<Oid, bool>,
}

impl<'a> Glasses<'a> {
    pub(super) fn of(reader: &'a Reader, profile: &'a ProfileName) -> Self {
        Self { reader, profile, known: HashMap::new() }
    }

    /// Whether the reader may see the profile as of the commit with this root.
    pub(super) fn sees(&mut self, objects: &Objects, root: &Tree) -> Result<bool, StoreError> {
        let Reader::Owner(owner) = self.reader else { return Ok(true) };
        let Some(entry) = root.get(b"OWNERS").filter(|entry| !entry.mode.is_tree()) else { return Ok(false) };
        if let Some(known) = self.known.get(&entry.id) {
            return Ok(*known);
        }
        let bytes = objects.blob(entry.id)?;
        // A search costs a hundredth of reading every line; a file with one line that is not right counts for nothing.
        let line = format!("{} | {owner} | ", self.profile);
        let sees = memchr::memmem::find(&bytes, line.as_bytes()).is_some()
            && Owners::parse(&bytes).is_ok_and(|owners| owners.owner_of(self.profile) == Some(owner));
        self.known.insert(entry.id, sees);
        Ok(sees)
    }

    pub(super) fn is_everything(&self) -> bool {
        *self.reader == Reader::All
    }
}
