//! What lost a merge, kept for whoever misses it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use profile_store::ProfileName;

use super::{Locked, State};
use crate::failure::Failure;

/// A version of a file that is in no file any more, here or in the registry's newest commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Relative to the profile.
    pub(crate) path: String,
    /// `theirs` or `ours`.
    pub(crate) side: &'static str,
    /// All of it.
    pub(crate) bytes: Vec<u8>,
}

impl State {
    /// Where it is kept.
    pub(crate) fn lost_path(&self, profile: &ProfileName, at: DateTime<Utc>) -> PathBuf {
        self.path().join(folder(profile, at))
    }
}

impl Locked {
    /// Keeps what loses; before the winner is written.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn keep_lost(&self, profile: &ProfileName, at: DateTime<Utc>, lost: &[Lost]) -> Result<(), Failure> {
        let folder = folder(profile, at);
        for Lost { path, side, bytes } in lost {
            self.put(&format!("{folder}/{path}.{side}"), bytes)?;
        }
        Ok(())
    }
}

fn folder(profile: &ProfileName, at: DateTime<Utc>) -> String {
    format!("theirs/{profile}/{}", at.format("%Y%m%dT%H%M%S%.3fZ"))
}
