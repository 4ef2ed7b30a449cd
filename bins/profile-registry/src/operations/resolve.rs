//! The end of an operation.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::{
    Operations,
    operation::{Operation, OperationId, OperationRefused},
};
use crate::books::Moment;

impl Operations {
    /// One operation.
    ///
    /// # Errors
    /// [`OperationRefused::Unknown`], or what the books do.
    pub async fn get(&self, id: &OperationId) -> Result<Operation, OperationRefused> {
        let id = id.clone();
        self.books.read(move |connection| Operation::find(connection, &id)).await
    }

    /// What was proved and has to be carried out, the oldest first; after a crash this is where to go on.
    ///
    /// # Errors
    /// What the books do.
    pub async fn proved(&self) -> Result<Vec<Operation>, OperationRefused> {
        self.books.read(Operation::proved).await
    }

    /// Notes that a proved operation was carried out, or why it cannot be. The second time nothing changes.
    ///
    /// # Errors
    /// What the books do.
    pub async fn end(
        &self,
        id: &OperationId,
        outcome: Result<(), String>,
        now: DateTime<Utc>,
    ) -> Result<(), OperationRefused> {
        let id = id.clone();
        self.books
            .write(move |tx| {
                let (state, reason) = match outcome {
                    Ok(()) => ("done", None),
                    Err(reason) => ("refused", Some(reason)),
                };
                let ended = tx.execute(
                    "UPDATE operation SET state = ?, reason = ?, ended_at = ? WHERE id = ? AND state = 'proved'",
                    params![state, reason, Moment(now), id.as_str()],
                )?;
                if ended == 1 {
                    tx.execute(
                        "INSERT INTO audit (at, actor, action, subject, detail)
                         SELECT ended_at, to_owner, kind || '.' || state, coalesce(profile, ''), coalesce(reason, id)
                         FROM operation WHERE id = ?",
                        [id.as_str()],
                    )?;
                }
                Ok(())
            })
            .await
    }

    /// Forgets operations that ended or expired before `until`, and proofs used before it: no proof is believed for that
    /// long.
    ///
    /// # Errors
    /// What the books do.
    pub async fn forget(&self, until: DateTime<Utc>) -> Result<usize, OperationRefused> {
        self.books
            .write(move |tx| {
                let sql = "DELETE FROM operation WHERE state <> 'proved' AND coalesce(ended_at, expires_at) < ?";
                let gone = tx.execute(sql, [Moment(until)])?;
                tx.execute("DELETE FROM used_proof WHERE used_at < ?", [Moment(until)])?;
                Ok(gone)
            })
            .await
    }
}
