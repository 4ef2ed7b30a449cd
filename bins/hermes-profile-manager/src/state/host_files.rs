//! What a host remembers: its identity, and what it was given for each profile.

use std::collections::BTreeSet;

use daemon_kit::config::Secret;
use profile_store::ProfileName;
use serde::{Deserialize, Serialize};

use super::{Locked, State};
use crate::failure::Failure;

const IDENTITY: &str = "host.age";
const FOLDER: &str = "hosts";

/// What a host was given for a profile. No value is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Delivery {
    /// The registry's name of what was delivered.
    pub(crate) fingerprint: String,
    /// Its variables.
    pub(crate) names: BTreeSet<String>,
    /// SHA-256 of the `.env` that was written then.
    pub(crate) file: String,
    /// Whether the registry knows.
    pub(crate) acknowledged: bool,
}

fn file(profile: &ProfileName) -> String {
    format!("{FOLDER}/{profile}.json")
}

impl State {
    /// The host's identity, as `age-keygen` writes one.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn host_identity(&self) -> Result<Option<Secret>, Failure> {
        let damaged = |_| Failure::failed(format!("{} is no text", self.path().join(IDENTITY).display()));
        let Some(bytes) = self.read(IDENTITY)? else { return Ok(None) };
        String::from_utf8(bytes).map(|text| Some(Secret::new(text))).map_err(damaged)
    }

    /// What was delivered for a profile last. A damaged note is none: then it is delivered again.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn delivery(&self, profile: &ProfileName) -> Result<Option<Delivery>, Failure> {
        Ok(self.read(&file(profile))?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// The profiles that something was delivered for.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(crate) fn deliveries(&self) -> Result<Vec<ProfileName>, Failure> {
        let failed = |error| Failure::io("read", self.path().join(FOLDER), &error);
        let Some(folder) = self.folder()? else { return Ok(Vec::new()) };
        let Some(folder) = folder.folder(FOLDER).map_err(failed)? else { return Ok(Vec::new()) };
        let names = folder.names().map_err(failed)?;
        Ok(names.iter().filter_map(|(name, _)| ProfileName::parse(name.strip_suffix(".json")?).ok()).collect())
    }
}

impl Locked {
    /// Keeps the host's identity, 0600.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn put_host_identity(&self, text: &Secret) -> Result<(), Failure> {
        self.put(IDENTITY, text.expose().as_bytes())
    }

    /// Notes what was delivered.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn put_delivery(&self, profile: &ProfileName, delivery: &Delivery) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(delivery).map_err(|error| Failure::failed(error.to_string()))?;
        self.put(&file(profile), &bytes)
    }

    /// Nothing is delivered for it any more.
    ///
    /// # Errors
    /// Where the note cannot be removed.
    pub(crate) fn forget_delivery(&self, profile: &ProfileName) -> Result<(), Failure> {
        self.drop(&file(profile))
    }
}
