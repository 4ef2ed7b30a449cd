//! Hosts: machines that serve profiles, each with the age recipient that its secrets are sealed to.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::HostRecipient;
use crate::{BooksError, books::Moment};

/// A machine that serves profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its age recipient, `age1…`.
    pub recipient: String,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last asked for something.
    pub seen_at: Option<DateTime<Utc>>,
    /// How many profiles it serves.
    pub profiles: u64,
}

/// Whether a text can be a host's name: 1 to 64 of a-z, 0-9 and hyphens, none at the ends.
pub(crate) fn is_host_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

/// Registers a host, or gives one that there is another recipient; whether it is a new one.
pub(crate) fn put(tx: &Transaction<'_>, name: &str, recipient: &str, now: DateTime<Utc>) -> Result<bool, BooksError> {
    let known: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM host WHERE name = ?)", [name], |row| row.get(0))?;
    tx.execute(
        "INSERT INTO host (name, recipient, created_at) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET recipient = excluded.recipient",
        params![name, recipient, Moment(now)],
    )?;
    Ok(!known)
}

/// The host of this name.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<Host>, BooksError> {
    Ok(connection.query_row(&sql("WHERE host.name = ?"), [name], read).optional()?)
}

/// All hosts, by name.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Host>, BooksError> {
    let mut statement = connection.prepare(&sql(""))?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes that a host asked for something.
pub(crate) fn seen(tx: &Transaction<'_>, name: &str, now: DateTime<Utc>) -> Result<(), BooksError> {
    tx.execute("UPDATE host SET seen_at = ? WHERE name = ?", params![Moment(now), name])?;
    Ok(())
}

/// The profiles that a host serves, by name.
pub(crate) fn profiles(connection: &Connection, host: &str) -> Result<Vec<String>, BooksError> {
    let mut statement = connection.prepare("SELECT profile FROM subscription WHERE host = ? ORDER BY profile")?;
    let rows = statement.query_map([host], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Of how many profiles a host has said that it has a `.env`, and when it said so last.
pub(crate) fn delivered(connection: &Connection, host: &str) -> Result<(u64, Option<DateTime<Utc>>), BooksError> {
    let sql = "SELECT count(*), max(delivered_at) FROM delivery JOIN subscription USING (profile, host) WHERE host = ?";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row([host], |row| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, Option<Moment>>(1)?.map(|Moment(at)| at)))
    })?)
}

impl Host {
    /// Where its values are sealed to; `None` for what is no recipient, which nobody could have registered.
    pub(crate) fn recipient(&self) -> Option<HostRecipient> {
        HostRecipient::parse(&self.recipient).ok()
    }
}

fn sql(condition: &str) -> String {
    format!(
        "SELECT host.name, recipient, created_at, seen_at, count(subscription.profile)
         FROM host LEFT JOIN subscription ON subscription.host = host.name {condition} GROUP BY host.name ORDER BY host.name"
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<Host> {
    Ok(Host {
        name: row.get(0)?,
        recipient: row.get(1)?,
        created_at: row.get::<_, Moment>(2)?.0,
        seen_at: row.get::<_, Option<Moment>>(3)?.map(|Moment(at)| at),
        profiles: row.get::<_, i64>(4)?.unsigned_abs(),
    })
}
