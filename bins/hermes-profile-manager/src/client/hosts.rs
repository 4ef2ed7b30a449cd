//! What a registered host asks.

use profile_store::ProfileName;
use reqwest::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, ClientError, Problem};

/// The `.env` of a profile, as the registry seals it to the host.
#[derive(Clone)]
pub(crate) struct SealedEnv {
    /// Its name, which changes with its content.
    pub(crate) fingerprint: String,
    /// An armored age file.
    pub(crate) sealed: Vec<u8>,
}

#[derive(Deserialize)]
struct Served {
    profiles: Vec<String>,
}

impl Client {
    /// The profiles that a host serves.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn served(&self, host: &str) -> Result<Vec<ProfileName>, ClientError> {
        let Served { profiles } = self.get(&format!("/hosts/{host}/profiles"), &[]).await?;
        let parse = |name: &String| {
            ProfileName::parse(name)
                .map_err(|_| ClientError::Unreadable(format!("the registry names a profile {name:?}")))
        };
        profiles.iter().map(parse).collect()
    }

    /// The `.env` of one, unless it is the one that is known.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn env(
        &self,
        host: &str,
        profile: &ProfileName,
        known: Option<&str>,
    ) -> Result<Option<SealedEnv>, ClientError> {
        let mut request = self.request(Method::GET, &format!("/hosts/{host}/profiles/{profile}/env"));
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, format!("\"{known}\""));
        }
        let answer = self.ask(request).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let fingerprint = answer.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let fingerprint = fingerprint.map(|tag| tag.trim_matches('"').to_owned());
        let fingerprint = fingerprint
            .ok_or_else(|| ClientError::Unreadable("the registry names no version of the .env".to_owned()))?;
        Ok(Some(SealedEnv { fingerprint, sealed: answer.body }))
    }

    /// Says that it was written; false where there is another one by now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn delivered(
        &self,
        host: &str,
        profile: &ProfileName,
        fingerprint: &str,
    ) -> Result<bool, ClientError> {
        let path = format!("/hosts/{host}/profiles/{profile}/delivered");
        match self.post::<Value>(&path, &json!({"fingerprint": fingerprint})).await {
            Ok(_) => Ok(true),
            Err(ClientError::Problem(Problem { status: 409, kind, .. })) if kind == "stale" => Ok(false),
            Err(error) => Err(error),
        }
    }
}
