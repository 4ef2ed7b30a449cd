//! Asking for an operation.

use access_tokens::TokenText;
use chrono::{DateTime, SubsecRound as _, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{
    Operations,
    operation::{Kind, LIFETIME, OperationId, OperationRefused},
};
use crate::books::Moment;

/// An operation that was begun.
#[derive(Debug)]
pub struct Begun {
    /// Its name, for the link.
    pub id: OperationId,
    /// What whoever asked polls with; told once.
    pub poll: TokenText,
    /// Until when it can be proved.
    pub expires_at: DateTime<Utc>,
}

impl Operations {
    /// Begins a claim of a profile. Whether somebody owns it already is for git to say, before this and again when it is
    /// carried out.
    ///
    /// # Errors
    /// [`OperationRefused::UnderWay`], [`OperationRefused::BeingProvisioned`], or what the books do.
    pub async fn begin_claim(&self, profile: &str, now: DateTime<Utc>) -> Result<Begun, OperationRefused> {
        self.begin(Kind::Claim, Some(profile.to_owned()), None, None, now).await
    }

    /// Begins the transfer of a profile `from` its owner `to` another one.
    ///
    /// # Errors
    /// As [`begin_claim`](Self::begin_claim).
    pub async fn begin_transfer(
        &self,
        profile: &str,
        from: &str,
        to: &str,
        now: DateTime<Utc>,
    ) -> Result<Begun, OperationRefused> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.begin(Kind::Transfer, Some(profile.to_owned()), Some(from), Some(to), now).await
    }

    /// Begins a login.
    ///
    /// # Errors
    /// What the books do.
    pub async fn begin_login(&self, now: DateTime<Utc>) -> Result<Begun, OperationRefused> {
        self.begin(Kind::Login, None, None, None, now).await
    }

    async fn begin(
        &self,
        kind: Kind,
        profile: Option<String>,
        from: Option<String>,
        to: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Begun, OperationRefused> {
        let id = OperationId::generate()?;
        let poll = TokenText::generate().map_err(|_| OperationRefused::NoRandomness)?;
        let (name, digest, expires_at) = (id.clone(), poll.digest(), (now + LIFETIME).trunc_subsecs(3));
        self.books
            .write(move |tx| {
                if let Some(profile) = &profile {
                    refuse_provisioned(tx, profile)?;
                    // Claims do not lock: whoever proves first wins. Two transfers would ask the same people twice.
                    if kind == Kind::Transfer {
                        refuse_second_transfer(tx, profile, now)?;
                    }
                }
                tx.execute(
                    "INSERT INTO operation (id, kind, profile, from_owner, to_owner, state, poll, created_at, expires_at)
                     VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?)",
                    params![
                        name.as_str(),
                        kind.name(),
                        profile,
                        from,
                        to,
                        digest.as_bytes(),
                        Moment(now),
                        Moment(expires_at)
                    ],
                )?;
                Ok::<_, OperationRefused>(())
            })
            .await?;
        Ok(Begun { id, poll, expires_at })
    }
}

/// A name that somebody paid for and that has no owner's line yet cannot be taken away from them.
pub(super) fn refuse_provisioned(connection: &Connection, profile: &str) -> Result<(), OperationRefused> {
    let sql =
        "SELECT 1 FROM orders WHERE profile = ? AND state NOT IN ('expected', 'alive', 'quarantined', 'refunded')";
    let found = connection.query_row(sql, [profile], |_| Ok(())).optional()?;
    if found.is_some() { Err(OperationRefused::BeingProvisioned(profile.to_owned())) } else { Ok(()) }
}

fn refuse_second_transfer(tx: &Transaction<'_>, profile: &str, now: DateTime<Utc>) -> Result<(), OperationRefused> {
    let sql = "SELECT max(expires_at) FROM operation
               WHERE profile = ? AND kind = 'transfer' AND state IN ('open', 'proved') AND expires_at > ?";
    let until: Option<Moment> = tx.query_row(sql, params![profile, Moment(now)], |row| row.get(0))?;
    match until {
        None => Ok(()),
        Some(Moment(until)) => {
            let seconds = until.signed_duration_since(now).num_seconds() + 1;
            Err(OperationRefused::UnderWay(profile.to_owned(), seconds))
        }
    }
}
