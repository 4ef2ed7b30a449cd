//! Profiles, as the registry has them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use profile_store::ProfileName;
use reqwest::{Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Client, ClientError, Problem};
use crate::sync::{File, Tree};

/// How many rows a page has.
const PAGE: &str = "500";

/// One profile, in a list.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ProfileRow {
    /// Its name.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) owner: Option<String>,
    /// How they proved it.
    pub(crate) verified_by: Option<String>,
    /// When.
    pub(crate) claimed_at: Option<String>,
    /// What it is; `None` for one without files.
    pub(crate) content_id: Option<String>,
    /// The host that runs its bot and its jobs.
    pub(crate) serving_host: Option<String>,
    /// How far its order is, where it was bought.
    pub(crate) state: Option<String>,
    /// Until when it is paid for.
    pub(crate) paid_until: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    profiles: Vec<ProfileRow>,
    next: Option<String>,
}

/// All content of a profile.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Content {
    /// The newest commit.
    pub(crate) head: String,
    /// What it is; `None` for a claimed profile without files.
    pub(crate) content_id: Option<String>,
    /// Its files.
    pub(crate) files: Vec<ContentFile>,
}

/// A file of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ContentFile {
    /// Relative to the profile.
    pub(crate) path: String,
    /// Whether it may be run.
    #[serde(default)]
    pub(crate) executable: bool,
    #[serde(deserialize_with = "from_base64")]
    pub(crate) content: Vec<u8>,
}

/// What the registry has.
#[derive(Clone, Debug)]
pub(crate) enum Fetched {
    /// What is known already.
    Unchanged,
    /// This.
    Content(Content),
}

/// One file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Relative to the profile.
    pub(crate) path: String,
    /// Its content and whether it may be run; `None` deletes it.
    pub(crate) content: Option<(Vec<u8>, bool)>,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Landed {
    /// It is the newest.
    Committed {
        /// The commit.
        commit: String,
        /// What the profile is now.
        content_id: Option<String>,
    },
    /// Somebody else was first: fetch, merge, and try again.
    Moved,
}

/// One commit, in a history.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CommitEntry {
    /// Its name.
    pub(crate) commit: String,
    /// Who made it.
    pub(crate) author: String,
    /// When.
    pub(crate) at: String,
    /// Why.
    pub(crate) message: String,
    /// What it changed.
    #[serde(default)]
    pub(crate) paths: Vec<String>,
}

#[derive(Deserialize)]
struct Committed {
    commit: String,
    content_id: Option<String>,
}

impl Client {
    /// All profiles that the token may see.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn profiles(&self) -> Result<Vec<ProfileRow>, ClientError> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let mut query = vec![("limit", PAGE)];
            if !after.is_empty() {
                query.push(("after", after.as_str()));
            }
            let page: Page = self.get("/profiles", &query).await?;
            all.extend(page.profiles);
            match page.next {
                // A page that leads to itself would never end.
                Some(next) if next != after => after = next,
                _ => return Ok(all),
            }
        }
    }

    /// One profile.
    ///
    /// # Errors
    /// [`ClientError`]; unknown and somebody else's are the same.
    pub(crate) async fn profile(&self, profile: &ProfileName) -> Result<ProfileRow, ClientError> {
        self.get(&format!("/profiles/{profile}"), &[]).await
    }

    /// Its content, now or at a commit, unless it is what is known.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn content(
        &self,
        profile: &ProfileName,
        known: Option<&str>,
        at: Option<&str>,
    ) -> Result<Fetched, ClientError> {
        let mut request = self.request(Method::GET, &format!("/profiles/{profile}/content"));
        if let Some(at) = at {
            request = request.query(&[("at", at)]);
        }
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, format!("\"{known}\""));
        }
        let answer = self.ask(request).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        self.json(&answer).map(Fetched::Content)
    }

    /// Commits changes that were made on `base`.
    ///
    /// # Errors
    /// [`ClientError`]; where it is [`ClientError::Unreachable`] the commit may have landed.
    pub(crate) async fn commit(
        &self,
        profile: &ProfileName,
        base: Option<&str>,
        message: &str,
        changes: &[Change],
    ) -> Result<Landed, ClientError> {
        let changes: Vec<Value> = changes.iter().map(Change::to_json).collect();
        let body = json!({"base": base, "message": message, "changes": changes});
        let answered: Result<Committed, ClientError> = self.post(&format!("/profiles/{profile}/commits"), &body).await;
        match answered {
            Ok(committed) => Ok(Landed::Committed { commit: committed.commit, content_id: committed.content_id }),
            Err(ClientError::Problem(Problem { status: 409, kind, .. })) if kind == "profile-moved" => {
                Ok(Landed::Moved)
            }
            Err(error) => Err(error),
        }
    }
}

impl Change {
    fn to_json(&self) -> Value {
        match &self.content {
            None => json!({"path": self.path, "delete": true}),
            Some((bytes, executable)) => {
                json!({"path": self.path, "content": BASE64_STANDARD.encode(bytes), "executable": executable})
            }
        }
    }
}

fn from_base64<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    BASE64_STANDARD.decode(text).map_err(serde::de::Error::custom)
}

impl Content {
    /// By path.
    pub(crate) fn tree(&self) -> Tree {
        let file =
            |file: &ContentFile| (file.path.clone(), File { bytes: file.content.clone(), executable: file.executable });
        self.files.iter().map(file).collect()
    }
}
