//! How far a profile is from what it was made of.

use std::collections::BTreeMap;

use git2::{ObjectType, Oid};

use super::{FileEntry, Snapshot, Store};
use crate::{CommitId, ProfileName, StoreError, template::Files};

/// Comes from the secrets and not from the template.
const NOT_OF_TEMPLATES: &str = "secrets.lock";

/// Two distances from the commit that made a profile of a template. Paths are relative to the profile, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// What the template would give otherwise today.
    pub newer: Vec<String>,
    /// What somebody has changed, added or deleted since.
    pub edited: Vec<String>,
}

impl Store {
    /// How `profile`, made by the commit `made`, differs in `now` from then, and how `today`, what its template gives now,
    /// differs from what it gave then.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`].
    pub fn drift(
        &self,
        now: &Snapshot,
        profile: &ProfileName,
        made: CommitId,
        today: &Files,
    ) -> Result<Drift, StoreError> {
        let then = ids(self.at(made)?.files(profile)?);
        let now = ids(now.files(profile)?);
        let mut rendered = BTreeMap::new();
        for (path, bytes) in today {
            rendered.insert(path.clone(), Oid::hash_object(ObjectType::Blob, bytes)?.to_string());
        }
        Ok(Drift { newer: differing(&then, &rendered), edited: differing(&then, &now) })
    }
}

fn ids(files: Vec<FileEntry>) -> BTreeMap<String, String> {
    let of_templates = files.into_iter().filter(|file| file.path != NOT_OF_TEMPLATES);
    of_templates.map(|file| (file.path, file.content_id)).collect()
}

fn differing(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let gone = one.keys().filter(|path| !other.contains_key(*path));
    let changed = other.iter().filter(|(path, id)| one.get(*path) != Some(*id)).map(|(path, _)| path);
    let mut paths: Vec<String> = gone.chain(changed).cloned().collect();
    paths.sort_unstable();
    paths
}
