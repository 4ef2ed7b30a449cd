//! Client tokens.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::audit::write_entry;
use crate::{AuditEntry, Ledger, LedgerError, Registered, TokenRecord};

const VERSION: &str = "tokens_version";

impl Ledger {
    /// Registers a token under its id; the entry is written only if it is new.
    ///
    /// # Errors
    /// `Conflict` if the id stands for something else, the token has another id, or it was revoked;
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn register_token(&self, token: TokenRecord, entry: AuditEntry) -> Result<Registered, LedgerError> {
        self.write(move |books| {
            let known = by_id(books, &token.id)?;
            if let Some(known) = known {
                // When it was first registered stays: whoever repeats himself does not know it.
                let same = TokenRecord { created_at: known.created_at, ..token.clone() };
                return if same == known {
                    Ok(Registered::Same)
                } else if known.revoked_at.is_some() {
                    Err(LedgerError::Conflict(format!("the token {:?} was revoked", token.id)))
                } else {
                    Err(LedgerError::Conflict(format!("another token is registered under the id {:?}", token.id)))
                };
            }
            let inserted = books.execute(
                "INSERT INTO token (id, sha256, record) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING",
                params![token.id, token.sha256.as_slice(), printed(&token)?],
            )?;
            if inserted == 0 {
                let problem = format!("the token of {:?} is registered under another id", token.id);
                return Err(LedgerError::Conflict(problem));
            }
            changed(books)?;
            write_entry(books, &entry)?;
            Ok(Registered::New)
        })
        .await
    }

    /// Revokes a token; again is harmless and writes no entry. Returns whether it was valid until now.
    ///
    /// # Errors
    /// `NotFound`; `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn revoke_token(&self, id: &str, at: DateTime<Utc>, entry: AuditEntry) -> Result<bool, LedgerError> {
        let id = id.to_owned();
        self.write(move |books| {
            let Some(mut token) = by_id(books, &id)? else {
                return Err(LedgerError::NotFound(format!("no token {id:?}")));
            };
            if token.revoked_at.is_some() {
                return Ok(false);
            }
            token.revoked_at = Some(at);
            books.execute("UPDATE token SET record = ?2 WHERE id = ?1", params![id, printed(&token)?])?;
            changed(books)?;
            write_entry(books, &entry)?;
            Ok(true)
        })
        .await
    }

    /// All tokens, revoked ones too, in the order of their registration, and the version of this list: one more with
    /// every change.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn tokens(&self) -> Result<(Vec<TokenRecord>, u64), LedgerError> {
        self.ask(|books| {
            // One statement, so that list and version belong together.
            let mut query = books.prepare_cached(
                "SELECT record, (SELECT value FROM note WHERE key = 'tokens_version') FROM token ORDER BY seq",
            )?;
            let mut found = query.query([])?;
            let (mut tokens, mut version) = (Vec::new(), 0);
            while let Some(row) = found.next()? {
                tokens.push(parsed(&row.get::<_, String>(0)?)?);
                version = row.get::<_, Option<String>>(1)?.and_then(|text| text.parse().ok()).unwrap_or_default();
            }
            Ok((tokens, version))
        })
        .await
    }

    /// The version of the list of tokens.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn tokens_version(&self) -> Result<u64, LedgerError> {
        let version = self.note(VERSION).await?;
        Ok(version.as_ref().and_then(serde_json::Value::as_u64).unwrap_or_default())
    }
}

fn by_id(books: &Transaction<'_>, id: &str) -> Result<Option<TokenRecord>, LedgerError> {
    let mut query = books.prepare_cached("SELECT record FROM token WHERE id = ?1")?;
    let record: Option<String> = query.query_row([id], |row| row.get(0)).optional()?;
    record.map(|record| parsed(&record)).transpose()
}

fn changed(books: &Transaction<'_>) -> Result<(), LedgerError> {
    books.execute(
        "INSERT INTO note VALUES (?1, '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
        [VERSION],
    )?;
    Ok(())
}

fn printed(token: &TokenRecord) -> Result<String, LedgerError> {
    serde_json::to_string(token).map_err(|error| LedgerError::Database(error.to_string()))
}

fn parsed(record: &str) -> Result<TokenRecord, LedgerError> {
    serde_json::from_str(record).map_err(|error| LedgerError::Database(format!("a token cannot be read: {error}")))
}
