//! Who sees which profile, and what is told to whoever does not.

use axum::http::StatusCode;
use daemon_kit::problem::Problem;
use profile_store::{CommitId, OwnerLine, ProfileName, Reader, Snapshot, Store, StoreError, UpdateError};
use serde_json::{Value, json};

use crate::{auth::Actor, failure};

/// Why a request about a profile is not carried out.
#[derive(Debug)]
pub(crate) enum Refused {
    /// There is no such profile, or it is somebody else's: nobody is told which.
    NotFound,
    /// There is no such file in it.
    NoFile,
    /// It has changed since the caller read it.
    Moved {
        /// Main's head.
        head: CommitId,
        /// The id of its content there.
        content_id: Option<String>,
    },
    /// The repository.
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<UpdateError<Self>> for Refused {
    fn from(error: UpdateError<Self>) -> Self {
        match error {
            UpdateError::Declined(refused) => refused,
            UpdateError::Store(error) => Self::Store(error),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound | Refused::Store(StoreError::NoProfile(_)) => {
                let detail = "there is no profile of this name that this token may see";
                Self::new(StatusCode::NOT_FOUND, "profile-not-found", "There is no such profile", detail)
            }
            Refused::NoFile => {
                let detail = "GET /profiles/{name} lists the files that there are";
                Self::new(StatusCode::NOT_FOUND, "file-not-found", "There is no such file", detail)
            }
            Refused::Moved { head, content_id } => {
                let detail = "the profile has changed since: fetch it, merge, and send the changes again";
                Self::new(StatusCode::CONFLICT, "profile-moved", "The profile has changed", detail)
                    .with("head", head.to_string())
                    .with("content_id", content_id)
            }
            Refused::Store(StoreError::Refused(refusals)) => {
                let told: Vec<Value> = refusals
                    .0
                    .iter()
                    .map(|refusal| {
                        json!({"path": inside(&refusal.path), "rule": refusal.rule.as_str(), "text": refusal.text})
                    })
                    .collect();
                let detail = refusals.to_string();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "change-refused", "The policy refuses the change", detail)
                    .with("refusals", told)
            }
            Refused::Store(error) => failure::store(error),
        }
    }
}

/// A path of the repository as callers of the API know it: relative to the profile.
fn inside(path: &str) -> &str {
    path.strip_prefix("profiles/").and_then(|path| path.split_once('/')).map_or(path, |(_, inside)| inside)
}

/// The name in an address.
///
/// # Errors
/// What is no name is the name of no profile.
pub(crate) fn name(text: &str) -> Result<ProfileName, Problem> {
    ProfileName::parse(text).map_err(|_| Refused::NotFound.into())
}

/// The profile's line of `OWNERS`, if `actor` may see it: owners see their own, hosts and operators what there is.
///
/// # Errors
/// [`Refused::NotFound`], or what the repository says.
pub(crate) fn see(now: &Snapshot, actor: &Actor, name: &ProfileName) -> Result<Option<OwnerLine>, Refused> {
    let line = now.owners()?.line(name).cloned();
    let is_seen = match (actor, &line) {
        (Actor::Owner(id), Some(line)) => line.owner == *id,
        (Actor::Owner(_), None) => false,
        (Actor::Admin | Actor::Host(_), Some(_)) => true,
        (Actor::Admin | Actor::Host(_), None) => now.content_id(name)?.is_some(),
    };
    if is_seen { Ok(line) } else { Err(Refused::NotFound) }
}

/// Main's head, and what main held at `at` (now, without one), of a profile that the actor may see now and could see then.
///
/// # Errors
/// As [`see`]; [`StoreError::NoCommit`] for a commit that is not theirs to see.
pub(crate) fn look(
    store: &Store,
    actor: &Actor,
    name: &ProfileName,
    at: Option<CommitId>,
) -> Result<(CommitId, Option<OwnerLine>, Snapshot), Refused> {
    let now = store.head()?;
    let (head, line) = (now.id(), see(&now, actor, name)?);
    let then = match at {
        Some(at) if at != head => store.at_for(&reader(actor), name, at)?,
        _ => now,
    };
    Ok((head, line, then))
}

/// Whose past the actor sees.
pub(crate) fn reader(actor: &Actor) -> Reader {
    match actor {
        Actor::Owner(id) => Reader::Owner(id.clone()),
        Actor::Admin | Actor::Host(_) => Reader::All,
    }
}
