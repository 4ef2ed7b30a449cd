//! A profile as lists show it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use profile_store::{OwnerLine, ProfileName};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{BooksError, books::Moment};

/// What the books know of a profile that was paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paid {
    /// What was bought.
    pub(crate) product: String,
    /// Who serves it.
    pub(crate) host: Option<String>,
    /// `live`, `suspended` …
    pub(crate) state: String,
    /// Until when it is paid for.
    pub(crate) until: DateTime<Utc>,
}

/// All of them, or one, by profile.
pub(crate) fn paid(connection: &Connection, only: Option<&ProfileName>) -> Result<HashMap<String, Paid>, BooksError> {
    let sql = "SELECT profile, product, host, state, paid_until FROM subscription WHERE ?1 IS NULL OR profile = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([only.map(ProfileName::as_str)], |row| {
        let until = row.get::<_, Moment>(4)?.0;
        let paid = Paid { product: row.get(1)?, host: row.get(2)?, state: row.get(3)?, until };
        Ok((row.get(0)?, paid))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// `{name, owner, verified_by, claimed_at, content_id, serving_host, state, paid_until}`; what does not apply is null.
pub(super) fn row(
    name: &ProfileName,
    line: Option<&OwnerLine>,
    content_id: Option<&str>,
    paid: Option<&Paid>,
) -> Value {
    json!({
        "name": name.as_str(),
        "owner": line.map(|line| line.owner.as_str()),
        "verified_by": line.map(|line| &line.verified_by),
        "claimed_at": line.map(|line| line.claimed_at),
        "content_id": content_id,
        "serving_host": paid.and_then(|paid| paid.host.as_ref()),
        "state": paid.map(|paid| &paid.state),
        "paid_until": paid.map(|paid| paid.until),
    })
}
