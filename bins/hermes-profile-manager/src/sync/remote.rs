//! What the engine needs of a registry.

use profile_store::ProfileName;

use crate::client::{Change, Client, ClientError, Fetched, Landed};

/// A registry.
pub(crate) trait Remote {
    /// The host that runs a profile's jobs, where one does.
    async fn serving_host(&self, profile: &ProfileName) -> Result<Option<String>, ClientError>;

    /// All content of a profile, unless it is what is known; now, or at a commit.
    async fn content(
        &self,
        profile: &ProfileName,
        known: Option<&str>,
        at: Option<&str>,
    ) -> Result<Fetched, ClientError>;

    /// Commits changes made on `base`.
    async fn commit(
        &self,
        profile: &ProfileName,
        base: Option<&str>,
        message: &str,
        changes: &[Change],
    ) -> Result<Landed, ClientError>;

    /// Its address.
    fn address(&self) -> &str;
}

impl Remote for Client {
    async fn serving_host(&self, profile: &ProfileName) -> Result<Option<String>, ClientError> {
        Ok(self.profile(profile).await?.serving_host)
    }

    async fn content(
        &self,
        profile: &ProfileName,
        known: Option<&str>,
        at: Option<&str>,
    ) -> Result<Fetched, ClientError> {
        Self::content(self, profile, known, at).await
    }

    async fn commit(
        &self,
        profile: &ProfileName,
        base: Option<&str>,
        message: &str,
        changes: &[Change],
    ) -> Result<Landed, ClientError> {
        Self::commit(self, profile, base, message, changes).await
    }

    fn address(&self) -> &str {
        self.url()
    }
}
