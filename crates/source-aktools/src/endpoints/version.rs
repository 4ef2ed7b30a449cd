//! `/version`: whether the server is there, and what stands behind it.

use serde::Deserialize;

use crate::{AktoolsError, Client};

const NAME: &str = "version";

/// The versions that a server reports of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// Of akshare.
    #[serde(rename = "ak_current_version")]
    pub akshare: String,
    /// Of AKTools.
    #[serde(rename = "at_current_version")]
    pub aktools: String,
}

impl Client {
    /// The server's versions. One attempt: the server asks the network for the latest ones before it answers.
    ///
    /// # Errors
    /// [`AktoolsError::Unavailable`], or [`AktoolsError::Unrecognised`] when something else listens there.
    pub async fn version(&self) -> Result<Version, AktoolsError> {
        let body = self.plain(NAME, NAME).await?;
        serde_json::from_slice(&body).map_err(|_| AktoolsError::Unrecognised {
            function: NAME,
            status: 200,
            message: String::from_utf8_lossy(&body).chars().filter(|c| !c.is_control()).take(120).collect(),
        })
    }
}
