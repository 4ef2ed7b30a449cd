//! What a person decided about conflicts.

use std::collections::BTreeMap;

use profile_store::{ProfileName, merge::Side};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Whose word counts where both sides changed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Prefer {
    /// What is here.
    Ours,
    /// What the registry has.
    Theirs,
}

/// By path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices(BTreeMap<String, Prefer>);

impl Prefer {
    pub(super) fn side(self) -> Side {
        match self {
            Self::Ours => Side::Ours,
            Self::Theirs => Side::Theirs,
        }
    }
}

impl Choices {
    /// Of `--ours` and `--theirs`: `config.yaml`, or `alice:config.yaml` where several profiles are meant.
    ///
    /// # Errors
    /// Where both are said of one file.
    pub(crate) fn new(profile: &ProfileName, ours: &[String], theirs: &[String]) -> Result<Self, Failure> {
        let mut choices = BTreeMap::new();
        let said = ours.iter().map(|path| (path, Prefer::Ours)).chain(theirs.iter().map(|path| (path, Prefer::Theirs)));
        for (said, prefer) in said {
            let path = match said.split_once(':') {
                Some((name, path)) if name == profile.as_str() => path,
                Some(_) => continue,
                None => said,
            };
            if choices.insert(path.to_owned(), prefer).is_some_and(|other| other != prefer) {
                return Err(Failure::Usage(format!("{path}: --ours and --theirs cannot both be meant")));
            }
        }
        Ok(Self(choices))
    }

    pub(super) fn of(&self, path: &str) -> Option<Prefer> {
        self.0.get(path).copied()
    }
}
