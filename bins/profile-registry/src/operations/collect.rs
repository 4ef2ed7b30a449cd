//! Telling whoever began an operation what became of it.

use access_tokens::{Digest, TokenText};
use chrono::{DateTime, Utc};
use rusqlite::params;

use super::{
    Operations,
    operation::{Kind, Operation, OperationId, OperationRefused, State},
};
use crate::books::Moment;

/// What became of it.
#[derive(Debug)]
pub struct Collected {
    /// The operation.
    pub operation: Operation,
    /// A new token of whom it was proved by, once a claim or a login is done; told once.
    pub token: Option<TokenText>,
}

impl Operations {
    /// Tells how far an operation is, to who shows the secret that it was begun with. When a claim or a login is done this
    /// makes a token for its owner, and ends what the secret is good for.
    ///
    /// # Errors
    /// [`OperationRefused`].
    pub async fn collect(
        &self,
        id: &OperationId,
        poll: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Collected, OperationRefused> {
        let (id, poll) = (id.clone(), Digest::of(poll));
        let token = TokenText::generate().map_err(|_| OperationRefused::NoRandomness)?;
        self.books
            .write(move |tx| {
                let operation = Operation::find(tx, &id)?;
                let sql = "SELECT poll FROM operation WHERE id = ?";
                let known: Vec<u8> = tx.query_row(sql, [id.as_str()], |row| row.get(0))?;
                if known.is_empty() {
                    return Err(OperationRefused::Collected);
                }
                // Digests of random secrets: how much of them is equal tells nothing.
                if known != poll.as_bytes() {
                    return Err(OperationRefused::WrongPoll);
                }
                if operation.state == State::Open && now >= operation.expires_at {
                    return Err(OperationRefused::Expired);
                }
                // Who begins a transfer is not who gets the profile.
                let is_the_askers = operation.kind != Kind::Transfer;
                let (true, State::Done, Some(owner)) = (is_the_askers, &operation.state, &operation.to) else {
                    return Ok(Collected { operation, token: None });
                };
                tx.execute(
                    "INSERT INTO credential (sha256, kind, subject, created_at) VALUES (?, 'owner', ?, ?)",
                    params![token.digest().as_bytes(), owner, Moment(now)],
                )?;
                tx.execute("UPDATE operation SET poll = x'' WHERE id = ?", [id.as_str()])?;
                Ok(Collected { operation, token: Some(token) })
            })
            .await
    }
}

#[cfg(test)]
mod tests;
