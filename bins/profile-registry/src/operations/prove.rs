//! Proving an operation.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::{
    Operations,
    begin::refuse_provisioned,
    operation::{Kind, Operation, OperationId, OperationRefused, State},
};
use crate::{BooksError, books::Moment, telegram};

/// Whose proof it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The owner so far.
    From,
    /// The owner to be, or whoever logs in.
    To,
}

impl Operations {
    /// Takes a person's proof for the operation that it names. The proof is used up, whatever comes of it.
    ///
    /// # Errors
    /// [`OperationRefused`].
    pub async fn prove_by_telegram(
        &self,
        proof: &telegram::Proof,
        now: DateTime<Utc>,
    ) -> Result<Operation, OperationRefused> {
        let id = OperationId::parse(&proof.operation).ok_or(OperationRefused::Unknown)?;
        let (owner, digest) = (format!("tg:{}", proof.user_id), proof.digest);
        let used = id.clone();
        // By itself, so that a proof that is refused below stays used.
        self.books
            .write(move |tx| {
                let sql = "INSERT INTO used_proof (sha256, operation, used_at) VALUES (?, ?, ?)";
                tx.execute(sql, params![digest, used.as_str(), Moment(now)])?;
                Ok::<_, BooksError>(())
            })
            .await
            .map_err(|error| match error {
                BooksError::Taken(_) => OperationRefused::UsedProof,
                error => error.into(),
            })?;
        self.prove(id, owner, now).await
    }

    /// Takes the consent of an owner who showed a token of theirs to do so.
    ///
    /// # Errors
    /// [`OperationRefused`].
    pub async fn prove_by_token(
        &self,
        id: &OperationId,
        owner: &str,
        now: DateTime<Utc>,
    ) -> Result<Operation, OperationRefused> {
        self.prove(id.clone(), owner.to_owned(), now).await
    }

    async fn prove(&self, id: OperationId, owner: String, now: DateTime<Utc>) -> Result<Operation, OperationRefused> {
        self.books
            .write(move |tx| {
                let operation = Operation::find(tx, &id)?;
                let side = operation.side_of(&owner, now)?;
                if let Some(profile) = &operation.profile {
                    refuse_provisioned(tx, profile)?;
                }
                note(tx, &id, side, &owner, now)?;
                let operation = Operation::find(tx, &id)?;
                if operation.is_proved_by_all() {
                    tx.execute("UPDATE operation SET state = 'proved' WHERE id = ?", [id.as_str()])?;
                }
                Operation::find(tx, &id)
            })
            .await
    }
}

impl Operation {
    /// Which side `owner` is on, while there is something left to prove.
    fn side_of(&self, owner: &str, now: DateTime<Utc>) -> Result<Side, OperationRefused> {
        if self.state != State::Open {
            return Err(OperationRefused::Ended);
        }
        if now >= self.expires_at {
            return Err(OperationRefused::Expired);
        }
        match self.kind {
            Kind::Claim | Kind::Login => Ok(Side::To),
            Kind::Transfer if self.from.as_deref() == Some(owner) => Ok(Side::From),
            Kind::Transfer if self.to.as_deref() == Some(owner) => Ok(Side::To),
            Kind::Transfer => Err(OperationRefused::NotConcerned(owner.to_owned())),
        }
    }

    fn is_proved_by_all(&self) -> bool {
        self.to_proved_at.is_some() && (self.kind != Kind::Transfer || self.from_proved_at.is_some())
    }
}

fn note(
    tx: &Transaction<'_>,
    id: &OperationId,
    side: Side,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<(), OperationRefused> {
    let sql = match side {
        Side::From => "UPDATE operation SET from_owner = ?, from_proved_at = coalesce(from_proved_at, ?) WHERE id = ?",
        Side::To => "UPDATE operation SET to_owner = ?, to_proved_at = coalesce(to_proved_at, ?) WHERE id = ?",
    };
    tx.execute(sql, params![owner, Moment(now), id.as_str()])?;
    Ok(())
}
