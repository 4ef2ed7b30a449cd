//! The merges of a run that has not ended.
//!
//! A merge that was decided by a person, or that a text merge would not find again from half of its result, has to come out
//! the same in the run after a killed one. So before anything is sent or written, what became of each merged file is noted
//! by fingerprints; the note is taken away once the new base stands.

use std::collections::BTreeMap;

use profile_store::ProfileName;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{Locked, State};
use crate::{failure::Failure, sync::Prefer};

/// One file's merge. A fingerprint is `None` for a file that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Decision {
    /// What was here.
    pub(crate) ours: Option<String>,
    /// What the registry had.
    pub(crate) theirs: Option<String>,
    /// What came of it.
    pub(crate) merged: Option<String>,
    /// What a person said.
    pub(crate) prefer: Option<Prefer>,
}

/// By path.
pub(crate) type Unfinished = BTreeMap<String, Decision>;

fn file(profile: &ProfileName) -> String {
    format!("unfinished/{profile}.json")
}

impl State {
    /// What the last run left; nothing where it ended. A damaged note is none: then a person decides again.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn unfinished(&self, profile: &ProfileName) -> Result<Unfinished, Failure> {
        let bytes = self.read(&file(profile))?.unwrap_or_default();
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

impl Locked {
    /// Notes what this run is about to carry out.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn put_unfinished(&self, profile: &ProfileName, unfinished: &Unfinished) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(unfinished).map_err(|error| Failure::failed(error.to_string()))?;
        self.put(&file(profile), &bytes)
    }

    /// It was carried out.
    ///
    /// # Errors
    /// Where the note cannot be removed.
    pub(crate) fn finish(&self, profile: &ProfileName) -> Result<(), Failure> {
        self.drop(&file(profile))
    }
}

/// SHA-256, in hexadecimal digits.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
