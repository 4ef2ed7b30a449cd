//! The registry, and the token for it.

use daemon_kit::config::Secret;
use serde::Deserialize;
use serde_json::json;

use super::{Locked, State};
use crate::failure::Failure;

const FILE: &str = "credentials.json";

/// What `login` kept. `Debug` shows no token.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Credentials {
    /// The registry that the token is for; it is sent to no other.
    pub(crate) url: String,
    /// The token.
    pub(crate) token: Secret,
    /// Whom it speaks for: `tg:123`, `host:mini`.
    pub(crate) actor: String,
    /// `owner`, `host` or `admin`.
    pub(crate) kind: String,
}

impl State {
    /// What `login` kept.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(crate) fn credentials(&self) -> Result<Option<Credentials>, Failure> {
        let Some(bytes) = self.read(FILE)? else { return Ok(None) };
        let path = self.path().join(FILE);
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| Failure::NotLoggedIn(format!("{} is damaged", path.display())))
    }
}

impl Locked {
    /// Keeps a token, 0600.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn put_credentials(&self, credentials: &Credentials) -> Result<(), Failure> {
        let Credentials { url, token, actor, kind } = credentials;
        let kept = json!({"url": url, "token": token.expose(), "actor": actor, "kind": kind});
        self.put(FILE, format!("{kept:#}\n").as_bytes())
    }

    /// Forgets it.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub(crate) fn forget_credentials(&self) -> Result<(), Failure> {
        self.drop(FILE)
    }
}
