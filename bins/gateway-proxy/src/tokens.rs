//! Client tokens: the books hold them, the directory lets their callers in, Redis tells the other daemons.

mod convert;

use std::sync::Arc;

use access_tokens::{Directory, Publisher, TokenStore};
use daemon_kit::clock::Clock;
use gateway_ledger::{AuditEntry, Ledger, LedgerError, Registered, TokenRecord};
use serde_json::json;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

pub(crate) use convert::{shown, state};

/// The tokens of this gateway. Books and directory agree after every call, whether it succeeds or is tried again.
#[derive(Debug)]
pub(crate) struct Tokens {
    ledger: Ledger,
    publisher: Publisher,
    clock: Clock,
    /// Held from reading the books to setting the directory: of two changes the later list must win.
    loading: Mutex<()>,
}

impl Tokens {
    /// Tokens of `ledger`, let in by `directory`. [`Tokens::load`] fills it.
    pub(crate) fn new(ledger: Ledger, directory: Arc<Directory>, clock: Clock) -> Self {
        let now = clock.clone();
        let publisher = Publisher::new(directory, Arc::new(move || now.now()));
        Self { ledger, publisher, clock, loading: Mutex::new(()) }
    }

    /// Lets in whom the books say, and nobody else; answers how many tokens are valid.
    ///
    /// # Errors
    /// As [`Ledger::tokens`].
    pub(crate) async fn load(&self) -> Result<usize, LedgerError> {
        let _loading = self.loading.lock().await;
        let (records, _) = self.ledger.tokens().await?;
        let grants: Vec<_> = records.iter().filter_map(convert::grant).map(Arc::new).collect();
        let valid = grants.len();
        self.publisher.set(grants);
        Ok(valid)
    }

    /// Tells the other daemons through `store`, until `shutdown`.
    pub(crate) async fn publish(&self, store: &TokenStore, shutdown: CancellationToken) {
        self.publisher.run(store, shutdown).await;
    }

    /// All tokens that ever were, in the order of their registration.
    ///
    /// # Errors
    /// As [`Ledger::tokens`].
    pub(crate) async fn all(&self) -> Result<Vec<TokenRecord>, LedgerError> {
        self.ledger.tokens().await.map(|(records, _)| records)
    }

    /// Registers a token: it lets its owner in when this returns. The same again changes nothing.
    ///
    /// # Errors
    /// `Conflict` where the id or the digest stands for another token; as [`Ledger::register_token`].
    pub(crate) async fn register(&self, token: TokenRecord, actor: &str) -> Result<Registered, LedgerError> {
        let entry = AuditEntry {
            at: self.clock.now(),
            actor: actor.to_owned(),
            action: "token.register".into(),
            subject: token.id.clone(),
            before: None,
            after: Some(shown(&token, self.clock.now())),
        };
        let (id, profile) = (token.id.clone(), token.profile.clone());
        let registered = self.ledger.register_token(token, entry).await?;
        // Also where nothing is new: the answer to the first registration may have been an error after the books knew.
        self.load().await?;
        if registered == Registered::New {
            tracing::info!(token.id = id, profile, actor, "token {id} registered");
        }
        Ok(registered)
    }

    /// Revokes a token: here it lets nobody in when this returns, elsewhere as soon as the message arrives. Again is harmless.
    ///
    /// # Errors
    /// `NotFound`; as [`Ledger::revoke_token`].
    pub(crate) async fn revoke(&self, id: &str, actor: &str) -> Result<TokenRecord, LedgerError> {
        let now = self.clock.now();
        let entry = AuditEntry {
            at: now,
            actor: actor.to_owned(),
            action: "token.revoke".into(),
            subject: id.to_owned(),
            before: Some(json!({ "state": "valid" })),
            after: Some(json!({ "state": "revoked" })),
        };
        let was_valid = self.ledger.revoke_token(id, now, entry).await?;
        self.load().await?;
        if was_valid {
            tracing::info!(token.id = id, actor, "token {id} revoked");
        }
        let found = self.all().await?.into_iter().find(|token| token.id == id);
        found.ok_or_else(|| LedgerError::NotFound(format!("there is no token {id:?}")))
    }
}

#[cfg(test)]
mod tests;
