//! The audit log.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rusqlite::{Row, Transaction, params};
use serde_json::Value;

use crate::{AuditEntry, Ledger, LedgerError};

/// Which entries. All conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// At or after.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
    /// By this actor.
    pub actor: Option<String>,
    /// This action.
    pub action: Option<String>,
    /// About this subject.
    pub subject: Option<String>,
}

/// Some entries, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Where to go on; `None` at the end.
    pub next: Option<i64>,
}

impl Ledger {
    /// Writes an entry down: durable before it answers. (Operations that take an entry write it in their own transaction.)
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), LedgerError> {
        self.write(move |books| write_entry(books, &entry)).await
    }

    /// Entries in the order they were written, newest first, at most `limit`, before the entry `after`.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn audit_log(
        &self,
        filter: AuditFilter,
        after: Option<i64>,
        limit: usize,
    ) -> Result<AuditPage, LedgerError> {
        self.ask(move |books| {
            let mut query = books.prepare_cached(
                "SELECT at, actor, action, subject, before, after, seq FROM audit
                 WHERE (?1 IS NULL OR seq < ?1) AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR at < ?3)
                   AND (?4 IS NULL OR actor = ?4) AND (?5 IS NULL OR action = ?5) AND (?6 IS NULL OR subject = ?6)
                 ORDER BY seq DESC LIMIT ?7",
            )?;
            let millis = |moment: Option<DateTime<Utc>>| moment.map(|moment| moment.timestamp_millis());
            let (from, to) = (millis(filter.from), millis(filter.to));
            let one_more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
            let rows = query
                .query_map(params![after, from, to, filter.actor, filter.action, filter.subject, one_more], |row| {
                    Ok((read_entry(row)?, row.get::<_, i64>(6)?))
                })?;
            let mut rows: Vec<(AuditEntry, i64)> = rows.collect::<Result<_, _>>()?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| more).map(|(_, seq)| *seq);
            Ok(AuditPage { entries: rows.into_iter().map(|(entry, _)| entry).collect(), next })
        })
        .await
    }
}

impl Ledger {
    /// The latest entries about any of these subjects, newest first, at most `limit`.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn audit_about(&self, subjects: Vec<String>, limit: usize) -> Result<Vec<AuditEntry>, LedgerError> {
        self.ask(move |books| {
            let mut query = books.prepare_cached(
                "SELECT at, actor, action, subject, before, after FROM audit
                 WHERE subject IN (SELECT value FROM json_each(?1)) ORDER BY seq DESC LIMIT ?2",
            )?;
            let (subjects, limit) = (Value::from(subjects).to_string(), i64::try_from(limit).unwrap_or(i64::MAX));
            Ok(query.query_map(params![subjects, limit], read_entry)?.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// Writes an entry in the transaction of what it is about.
pub(super) fn write_entry(books: &Transaction<'_>, entry: &AuditEntry) -> Result<(), LedgerError> {
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_string);
    books
        .prepare_cached(
            "INSERT INTO audit (at, actor, action, subject, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            entry.at.timestamp_millis(),
            entry.actor,
            entry.action,
            entry.subject,
            json(&entry.before),
            json(&entry.after),
        ])?;
    Ok(())
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let json = |index| row.get::<_, Option<String>>(index).map(|text| text.and_then(|text| text.parse().ok()));
    Ok(AuditEntry {
        at: DateTime::from_timestamp_millis(row.get(0)?).unwrap_or_default(),
        actor: row.get(1)?,
        action: Cow::Owned(row.get(2)?),
        subject: row.get(3)?,
        before: json(4)?,
        after: json(5)?,
    })
}
