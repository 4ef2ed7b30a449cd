//! What waits for somebody's proof.

use chrono::{DateTime, Utc};
use daemon_kit::config::Secret;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{Client, ClientError};

/// An operation that was begun.
#[derive(Debug, Deserialize)]
pub(crate) struct Begun {
    /// Its name.
    pub(crate) operation: String,
    /// What a person compares before they confirm.
    pub(crate) code: String,
    /// Where they confirm; `None` where no bot is configured.
    pub(crate) link: Option<String>,
    /// The secret to ask with.
    pub(crate) poll: Secret,
    /// Until when.
    pub(crate) expires_at: DateTime<Utc>,
}

/// What became of one.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    /// `open`, `proved`, `done` or `refused`.
    pub(crate) state: String,
    /// Why it was refused.
    pub(crate) reason: Option<String>,
    /// Who gave the proof.
    pub(crate) owner: Option<String>,
    /// A token of theirs, told once.
    pub(crate) token: Option<Secret>,
    /// Who gets the profile.
    pub(crate) to: Option<String>,
    /// Whether the one side of a transfer agreed.
    #[serde(default)]
    pub(crate) from_agreed: bool,
    /// Whether the other did.
    #[serde(default)]
    pub(crate) to_agreed: bool,
}

/// Whom a token speaks for.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Who {
    /// `admin`, `tg:123`, `host:mini`.
    pub(crate) actor: String,
    /// `admin`, `owner` or `host`.
    pub(crate) kind: String,
}

impl Client {
    /// What became of an operation.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn operation(&self, begun: &Begun) -> Result<Told, ClientError> {
        self.with_token(begun.poll.clone()).get(&format!("/operations/{}", begun.operation), &[]).await
    }

    /// Agrees to a transfer with the token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn consent(&self, operation: &str) -> Result<Told, ClientError> {
        self.post(&format!("/operations/{operation}/consent"), &json!({})).await
    }

    /// Whom the token speaks for.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn who(&self) -> Result<Who, ClientError> {
        self.get("/credentials/current", &[]).await
    }

    /// Ends the token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn revoke_token(&self) -> Result<(), ClientError> {
        self.ask(self.request(Method::DELETE, "/credentials/current")).await.map(drop)
    }
}
