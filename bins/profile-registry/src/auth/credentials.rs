//! Tokens of owners and hosts, as the books have them: digests.

use access_tokens::{Digest, TokenText};
use chrono::{DateTime, Utc};
use daemon_kit::config::Secret;
use profile_store::OwnerId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Actor;
use crate::{Books, OperationRefused, books::Moment};

/// For whom a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    Owner,
    Host,
}

/// Tokens, and whom they speak for.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    books: Books,
    /// Only digests are kept and compared, so that the time of an answer tells nothing about a token.
    admin: Option<Digest>,
}

/// A token that was made; its text is told once.
#[derive(Debug)]
pub(crate) struct Issued {
    /// What it is revoked by: the first 16 digits of its digest.
    pub(crate) id: String,
    /// The token.
    pub(crate) token: TokenText,
}

/// A token as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// What it is revoked by.
    pub(crate) id: String,
    /// `owner` or `host`.
    pub(crate) kind: String,
    /// The owner's id, or the host's name.
    pub(crate) subject: String,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was revoked.
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

/// Digits of a digest that name a token.
const ID: &str = "lower(substr(hex(sha256), 1, 16))";

impl CredentialKind {
    /// As the books and the API spell it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Host => "host",
        }
    }
}

impl Credentials {
    /// Of `books`, beside the configured token of operators.
    pub(crate) fn new(books: Books, admin_token: Option<&Secret>) -> Self {
        Self { books, admin: admin_token.map(|token| Digest::of(token.expose().as_bytes())) }
    }

    /// Whom a token speaks for; `None` for one that is unknown or revoked.
    ///
    /// # Errors
    /// What the books do.
    pub(crate) async fn who(&self, token: &[u8]) -> Result<Option<Actor>, OperationRefused> {
        self.of_digest(Digest::of(token)).await
    }

    /// As [`Self::who`], for whoever keeps the token's digest only.
    ///
    /// # Errors
    /// What the books do.
    pub(crate) async fn of_digest(&self, digest: Digest) -> Result<Option<Actor>, OperationRefused> {
        if self.admin == Some(digest) {
            return Ok(Some(Actor::Admin));
        }
        let found = self.books.read(move |connection| find(connection, &digest)).await?;
        Ok(found.and_then(actor))
    }

    /// Whom the token with this id speaks for; `None` where there is none, or it is revoked.
    ///
    /// # Errors
    /// What the books do.
    pub(crate) async fn of_id(&self, id: &str) -> Result<Option<Actor>, OperationRefused> {
        let id = id.to_owned();
        let find = move |connection: &Connection| {
            let sql = format!("SELECT kind, subject FROM credential WHERE {ID} = ? AND revoked_at IS NULL");
            let found = connection.query_row(&sql, [id], |row| Ok((row.get(0)?, row.get(1)?)));
            Ok::<_, OperationRefused>(found.optional()?)
        };
        Ok(self.books.read(find).await?.and_then(actor))
    }

    /// Makes a token that speaks for `subject`.
    ///
    /// # Errors
    /// [`OperationRefused::NoRandomness`], or what the books do.
    pub(crate) async fn issue(
        &self,
        kind: CredentialKind,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<Issued, OperationRefused> {
        let token = TokenText::generate().map_err(|_| OperationRefused::NoRandomness)?;
        let (digest, subject) = (token.digest(), subject.to_owned());
        self.books
            .write(move |tx| {
                let sql = "INSERT INTO credential (sha256, kind, subject, created_at) VALUES (?, ?, ?, ?)";
                tx.execute(sql, params![digest.as_bytes(), kind.name(), subject, Moment(now)])?;
                let sql = "INSERT INTO audit (at, actor, action, subject) VALUES (?, 'admin', 'token.made', ?)";
                tx.execute(sql, params![Moment(now), subject])?;
                Ok::<_, OperationRefused>(())
            })
            .await?;
        let id = digest.as_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Issued { id, token })
    }

    /// All of them, by whom they speak for.
    ///
    /// # Errors
    /// What the books do.
    pub(crate) async fn list(&self) -> Result<Vec<Known>, OperationRefused> {
        self.books
            .read(|connection| {
                let sql = format!(
                    "SELECT {ID}, kind, subject, created_at, revoked_at FROM credential
                     ORDER BY kind, subject, created_at, sha256"
                );
                let mut statement = connection.prepare(&sql)?;
                let rows = statement.query_map([], |row| {
                    Ok(Known {
                        id: row.get(0)?,
                        kind: row.get(1)?,
                        subject: row.get(2)?,
                        created_at: row.get::<_, Moment>(3)?.0,
                        revoked_at: row.get::<_, Option<Moment>>(4)?.map(|at| at.0),
                    })
                })?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }

    /// Revokes the token of this id, from the next request on; says whether there is one. Twice is once.
    ///
    /// # Errors
    /// What the books do.
    pub(crate) async fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<bool, OperationRefused> {
        let id = id.to_owned();
        self.books
            .write(move |tx| {
                let sql = format!("UPDATE credential SET revoked_at = coalesce(revoked_at, ?) WHERE {ID} = ?");
                let found = tx.execute(&sql, params![Moment(now), id])? > 0;
                if found {
                    let sql = "INSERT INTO audit (at, actor, action, subject) VALUES (?, 'admin', 'token.revoked', ?)";
                    tx.execute(sql, params![Moment(now), id])?;
                }
                Ok(found)
            })
            .await
    }

    /// Revokes the token itself.
    ///
    /// # Errors
    /// What the books do.
    pub(crate) async fn revoke_token(&self, token: &[u8], now: DateTime<Utc>) -> Result<bool, OperationRefused> {
        let digest = Digest::of(token);
        self.books
            .write(move |tx| {
                let sql = "UPDATE credential SET revoked_at = ? WHERE sha256 = ? AND revoked_at IS NULL";
                Ok(tx.execute(sql, params![Moment(now), digest.as_bytes()])? > 0)
            })
            .await
    }
}

fn actor((kind, subject): (String, String)) -> Option<Actor> {
    match kind.as_str() {
        "owner" => OwnerId::parse(&subject).ok().map(Actor::Owner),
        _ => Some(Actor::Host(subject)),
    }
}

fn find(connection: &Connection, digest: &Digest) -> Result<Option<(String, String)>, OperationRefused> {
    let sql = "SELECT kind, subject FROM credential WHERE sha256 = ? AND revoked_at IS NULL";
    let found = connection.query_row(sql, [digest.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}
