//! `POST /profiles/{name}/commits`: changes to one profile, all of them or none.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::{Body, Bytes, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use daemon_kit::{body::shown, problem::Problem};
use profile_store::{Author, Change, Committed, ProfileName, Snapshot, Store, UpdateError};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::profiles_access::{Refused, name, see};
use crate::{auth::Actor, registry::Registry};

/// A profile of the largest size, in base64, with something to spare.
const BODY_BYTES: usize = 24 << 20;
/// A longer body has to wait for its turn: four of the longest take a quarter of a gigabyte.
const SMALL_BYTES: usize = 1 << 20;
static LARGE: Semaphore = Semaphore::const_new(4);
/// Of all owners together: anybody can become one, and send slowly; hosts and operators have to get through.
static LARGE_OF_OWNERS: Semaphore = Semaphore::const_new(3);
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// Who is slower keeps others waiting.
const SENT_WITHIN: Duration = Duration::from_secs(120);
const CHANGES_MAX: usize = 4_000;
const MESSAGE_CHARS_MAX: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    base: Option<String>,
    #[serde(default)]
    message: String,
    changes: Vec<WantedChange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedChange {
    path: String,
    content: Option<String>,
    #[serde(default)]
    executable: bool,
    #[serde(default)]
    delete: bool,
}

/// `{base, message, changes: [{path, content, executable?} | {path, delete: true}]}`: 201 `{commit, content_id, is_new}`, or 200
/// where nothing changes. `base` is the id of the content that the changes were made on, null for none: where the profile has
/// another one by now, 409 `profile-moved` says which. What the policy refuses is 422 `change-refused`.
///
/// Whoever was not told that a commit landed sends it again: it is recognised, and answered with 200.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(text): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let profile = name(&text)?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let _turn = match length {
        Some(length) if length <= SMALL_BYTES => None,
        _ => Some(turn(&actor).await?),
    };
    let wanted = read(body).await?;
    let changes = wanted.changes(&profile)?;
    let message = wanted.message(&profile)?;
    let at = registry.clock.now();
    let (who, changed, asker) = (actor.to_string(), profile.clone(), actor.clone());
    let work = registry.change(&asker, move |store| {
        let proposal = Proposal { profile: &profile, base: wanted.base.as_deref(), changes: &changes };
        proposal.land(store, &actor, &author(&actor, at), &message)
    });
    let (committed, content_id) = work.await?;
    if committed.is_new {
        metrics::counter!("registry_commits_total").increment(1);
        tracing::info!(profile = %changed, actor = who, commit = %committed.id, "{who} changed {changed}");
    }
    Ok(told(committed, content_id.as_deref()))
}

type Turn = (Option<SemaphorePermit<'static>>, SemaphorePermit<'static>);

/// A turn to send a long body.
///
/// # Errors
/// 503 where it does not come in time.
async fn turn(actor: &Actor) -> Result<Turn, Problem> {
    let taken = async {
        let of_owners = match actor {
            Actor::Owner(_) => Some(LARGE_OF_OWNERS.acquire().await.ok()?),
            Actor::Admin | Actor::Host(_) => None,
        };
        Some((of_owners, LARGE.acquire().await.ok()?))
    };
    tokio::time::timeout(PATIENCE, taken).await.ok().flatten().ok_or_else(|| {
        let detail = "others are sending long bodies: try again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The registry is busy", detail)
            .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
    })
}

/// Who stands as the author of what somebody changes through the API.
pub(super) fn author(actor: &Actor, at: DateTime<Utc>) -> Author {
    Author::new(actor.to_string(), "registry@localhost", at)
}

/// 201 or 200 `{commit, content_id, is_new}`.
pub(super) fn told(committed: Committed, content_id: Option<&str>) -> (StatusCode, Json<Value>) {
    let status = if committed.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let commit = committed.id.to_string();
    (status, Json(json!({"commit": commit, "content_id": content_id, "is_new": committed.is_new})))
}

/// Changes, and the content that they were made on.
struct Proposal<'a> {
    profile: &'a ProfileName,
    base: Option<&'a str>,
    changes: &'a [Change],
}

impl Proposal<'_> {
    fn land(
        &self,
        store: &Store,
        actor: &Actor,
        author: &Author,
        message: &str,
    ) -> Result<(Committed, Option<String>), Refused> {
        let landed = store.update(&actor.policy(), author, message, |now| self.decide(now, actor));
        let committed = match landed {
            Ok(committed) => committed,
            Err(UpdateError::Declined(Refused::Moved { head, content_id })) => {
                // Nobody has changed it but this very proposal, which is here a second time. Of any other base it is not
                // even told whether there is such content: somebody else may have it.
                let before = store.history(self.profile, 2, None)?.into_iter().nth(1);
                let is_base = before.and_then(|entry| entry.content_id).as_deref() == self.base;
                let after = if is_base { store.content_after(self.profile, self.base, self.changes)? } else { None };
                if after.is_none() || after != content_id {
                    return Err(Refused::Moved { head, content_id });
                }
                return Ok((Committed { id: head, is_new: false }, content_id));
            }
            Err(error) => return Err(error.into()),
        };
        Ok((committed, store.at(committed.id)?.content_id(self.profile)?))
    }

    fn decide(&self, now: &Snapshot, actor: &Actor) -> Result<Vec<Change>, Refused> {
        match (see(now, actor, self.profile), actor) {
            // Operators may begin one.
            (Err(Refused::NotFound), Actor::Admin) => {}
            (seen, _) => drop(seen?),
        }
        let content_id = now.content_id(self.profile)?;
        if content_id.as_deref() != self.base {
            return Err(Refused::Moved { head: now.id(), content_id });
        }
        Ok(self.changes.to_vec())
    }
}

async fn read(body: Body) -> Result<Wanted, Problem> {
    let read = tokio::time::timeout(SENT_WITHIN, to_bytes(body, BODY_BYTES)).await;
    let bytes: Bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let detail = format!("the body is larger than {BODY_BYTES} bytes, or was cut off");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large", detail));
        }
        Err(_) => {
            let detail = format!("the body did not come within {} s", SENT_WITHIN.as_secs());
            return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", "The body is too slow", detail));
        }
    };
    // A list in the place of an object would be taken member by member.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::invalid("body", "not a JSON object").allowed(["a JSON object"]));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        // Without the reader's own words, which may repeat a file.
        let detail = format!("not what is expected, at line {}, column {}", error.line(), error.column());
        Problem::invalid("body", detail).allowed([
            "base: an id or null",
            "message: a text",
            "changes: a list of {path, content, executable?} or {path, delete: true}",
        ])
    })
}

impl Wanted {
    fn changes(&self, profile: &ProfileName) -> Result<Vec<Change>, Problem> {
        if self.changes.len() > CHANGES_MAX {
            return Err(Problem::invalid("changes", format!("more than {CHANGES_MAX} of them")));
        }
        let mut paths: Vec<&str> = self.changes.iter().map(|change| change.path.as_str()).collect();
        paths.sort_unstable();
        if let Some(pair) = paths.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Problem::invalid("changes", format!("the path {:?} stands there twice", shown(pair[0]))));
        }
        self.changes.iter().map(|change| change.read(profile)).collect()
    }

    fn message(&self, profile: &ProfileName) -> Result<String, Problem> {
        let message = self.message.trim();
        if message.chars().count() > MESSAGE_CHARS_MAX {
            return Err(Problem::invalid("message", format!("more than {MESSAGE_CHARS_MAX} characters")));
        }
        if message.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') {
            return Err(Problem::invalid("message", "has a control character"));
        }
        Ok(if message.is_empty() { format!("Change {profile}") } else { message.to_owned() })
    }
}

impl WantedChange {
    fn read(&self, profile: &ProfileName) -> Result<Change, Problem> {
        let bad = |problem: &str| Problem::invalid("changes", format!("{:?} {problem}", shown(&self.path)));
        let path = format!("{}/{}", profile.folder(), self.path);
        match (&self.content, self.delete) {
            (Some(content), false) => {
                let content = BASE64_STANDARD.decode(content).map_err(|_| bad("has a content that is no base64"))?;
                Ok(Change::Put { path, content, executable: self.executable })
            }
            (None, true) if !self.executable => Ok(Change::Delete { path }),
            _ => Err(bad("has to have either `content` or `delete: true`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn owners_who_send_slowly_leave_a_turn_to_hosts_and_nobody_waits_for_ever() {
        let owner = |number: u32| Actor::Owner(format!("tg:{number}").parse().unwrap());
        let mut taken = Vec::new();
        for number in 0..3 {
            taken.push(turn(&owner(number)).await.unwrap());
        }
        assert_eq!(turn(&owner(4)).await.unwrap_err().status(), StatusCode::SERVICE_UNAVAILABLE);
        taken.push(turn(&Actor::Host("mini".to_owned())).await.unwrap());
        assert!(turn(&Actor::Admin).await.is_err());
        taken.clear();
        drop(turn(&owner(4)).await.unwrap());
    }
}
