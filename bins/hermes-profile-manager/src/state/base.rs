//! What was last the same here and in the registry: what a merge is based on.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use profile_store::ProfileName;
use serde::{Deserialize, Serialize};

use super::{Locked, State, fingerprint};
use crate::{
    failure::Failure,
    sync::{File, Tree},
};

/// The head of a base.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Base {
    /// Of which registry.
    pub(crate) registry: String,
    /// What the registry calls the content; `None` for a profile without files.
    pub(crate) content_id: Option<String>,
    /// A commit that has it.
    pub(crate) commit: String,
    /// Whether this machine runs the profile's jobs, as its files were laid out.
    pub(crate) serving: bool,
    /// Whether what the agent remembers of its user is replicated.
    #[serde(default)]
    pub(crate) memories: bool,
    /// Whether the base has everything that the registry has: not so where some of it is nothing for this machine.
    #[serde(default)]
    pub(crate) whole: bool,
}

/// A base as it was read.
#[derive(Clone, Debug)]
pub(crate) struct StoredBase {
    /// Its head.
    pub(crate) head: Base,
    /// The files; `None` where they are damaged, and have to be fetched again.
    pub(crate) tree: Option<Tree>,
}

#[derive(Deserialize, Serialize)]
struct Head {
    #[serde(flatten)]
    base: Base,
    /// Of the second line.
    sha256: String,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    executable: bool,
    content: String,
}

fn file(profile: &ProfileName) -> String {
    format!("base/{profile}.json")
}

impl State {
    /// The base of a profile; `None` for one that was never synchronised here, or whose base is past repair.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(crate) fn base(&self, profile: &ProfileName) -> Result<Option<StoredBase>, Failure> {
        let Some(bytes) = self.read(&file(profile))? else { return Ok(None) };
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (head, files) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
        let Ok(Head { base, sha256 }) = serde_json::from_slice::<Head>(head) else { return Ok(None) };
        let is_whole = fingerprint(files) == sha256;
        let tree = is_whole.then(|| read(files)).flatten();
        Ok(Some(StoredBase { head: base, tree }))
    }

    /// The profiles that were synchronised here, in order.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(crate) fn known_profiles(&self) -> Result<Vec<ProfileName>, Failure> {
        let failed = |error| Failure::io("list", self.path().join("base"), &error);
        let Some(folder) = self.folder()? else { return Ok(Vec::new()) };
        let Some(base) = folder.folder("base").map_err(failed)? else { return Ok(Vec::new()) };
        let names = base.names().map_err(failed)?;
        Ok(names.iter().filter_map(|(name, _)| ProfileName::parse(name.strip_suffix(".json")?).ok()).collect())
    }
}

impl Locked {
    /// Keeps a base.
    ///
    /// # Errors
    /// Where it cannot be written; then the old one stays.
    pub(crate) fn put_base(&self, profile: &ProfileName, base: &Base, tree: &Tree) -> Result<(), Failure> {
        let stored: BTreeMap<&str, Stored> = tree
            .iter()
            .map(|(path, File { bytes, executable })| {
                (path.as_str(), Stored { executable: *executable, content: BASE64_STANDARD.encode(bytes) })
            })
            .collect();
        let failed = |error| Failure::failed(format!("write down the base of {profile}: {error}"));
        let files = serde_json::to_vec(&stored).map_err(failed)?;
        let head = Head { base: base.clone(), sha256: fingerprint(&files) };
        let mut bytes = serde_json::to_vec(&head).map_err(failed)?;
        bytes.push(b'\n');
        bytes.extend(files);
        self.put(&file(profile), &bytes)
    }
}

fn read(files: &[u8]) -> Option<Tree> {
    let stored: BTreeMap<String, Stored> = serde_json::from_slice(files).ok()?;
    let file = |(path, stored): (String, Stored)| {
        let bytes = BASE64_STANDARD.decode(stored.content).ok()?;
        Some((path, File { bytes, executable: stored.executable }))
    };
    stored.into_iter().map(file).collect()
}
