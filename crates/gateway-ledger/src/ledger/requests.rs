//! Requests, read back.

use std::{fmt, num::ParseIntError, str::FromStr};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _};

use crate::{
    Ledger, LedgerError, RequestRow,
    store::{COLUMNS, read_row},
};

/// Which requests. All conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// Arrived at or after.
    pub from: Option<DateTime<Utc>>,
    /// Arrived before.
    pub to: Option<DateTime<Utc>>,
    /// By this profile.
    pub profile: Option<String>,
    /// That asked this channel, in whatever attempt.
    pub channel: Option<String>,
    /// For this model, as the caller named it.
    pub model: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Failed ones, or those that did not fail.
    pub failed: Option<bool>,
}

/// Where a list goes on. Opaque to callers; prints and parses as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCursor(pub(crate) i64);

/// Some requests, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestPage {
    /// The requests. Possibly fewer than asked for although there are more: a page looks at a bounded number of rows.
    pub rows: Vec<RequestRow>,
    /// Where to go on; `None` at the end.
    pub next: Option<RequestCursor>,
}

impl Ledger {
    /// The request of an id.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn request(&self, id: &str) -> Result<Option<RequestRow>, LedgerError> {
        let id = id.to_owned();
        self.ask(move |books| {
            let mut query = books.prepare_cached(&format!("SELECT {COLUMNS} FROM request WHERE id = ?1"))?;
            Ok(query.query_row([id], read_row).optional()?)
        })
        .await
    }

    /// Requests, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`Ledger::request`].
    pub async fn requests(
        &self,
        filter: RequestFilter,
        after: Option<RequestCursor>,
        limit: usize,
    ) -> Result<RequestPage, LedgerError> {
        self.ask(move |books| page(books, &filter, after, limit)).await
    }
}

/// Rows that one page looks at, so that a filter that nothing fits does not read the whole table.
const LOOKED_AT: usize = 20_000;

fn page(
    books: &Connection,
    filter: &RequestFilter,
    after: Option<RequestCursor>,
    limit: usize,
) -> Result<RequestPage, LedgerError> {
    let mut query = books.prepare_cached(&format!(
        "SELECT {COLUMNS}, seq FROM request WHERE (?1 IS NULL OR seq < ?1) ORDER BY seq DESC LIMIT {LOOKED_AT}"
    ))?;
    let mut found = query.query([after.map(|RequestCursor(seq)| seq)])?;
    let (mut rows, mut looked_at, mut last) = (Vec::new(), 0, None);
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            return Ok(RequestPage { rows, next: last.map(RequestCursor) });
        }
        looked_at += 1;
        last = Some(row.get(row.as_ref().column_count() - 1)?);
        let request = read_row(row)?;
        if filter.fits(&request) {
            rows.push(request);
        }
    }
    let next = last.filter(|_| looked_at == LOOKED_AT).map(RequestCursor);
    Ok(RequestPage { rows, next })
}

impl RequestFilter {
    fn fits(&self, row: &RequestRow) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let asked =
            |channel: &String| row.decision.iter().any(|attempt| attempt.channel.as_deref() == Some(channel.as_str()));
        self.from.is_none_or(|from| row.at >= from)
            && self.to.is_none_or(|to| row.at < to)
            && is(&self.profile, &row.profile)
            && is(&self.model, &row.model)
            && is(&self.outcome, &row.outcome)
            && self.failed.is_none_or(|failed| failed == row.failed)
            && self.channel.as_ref().is_none_or(asked)
    }
}

impl fmt::Display for RequestCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for RequestCursor {
    type Err = ParseIntError;
    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}
