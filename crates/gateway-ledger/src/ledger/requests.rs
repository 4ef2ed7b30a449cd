//! Requests, read back.

use std::{fmt, num::ParseIntError, str::FromStr};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::{
    Ledger, LedgerError, RequestRow,
    store::{self, ATTEMPTS, Asked, COLUMNS, Dictionary, MODEL, OUTCOME, PROFILE, Sought, has_failed, read_row},
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
            let mut words = Dictionary::of(books);
            Ok(query.query_row([store::id(&id)], |row| read_row(row, &mut words)).optional()?)
        })
        .await
    }

    /// Requests by the time of their arrival, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`Ledger::request`].
    pub async fn requests(
        &self,
        filter: RequestFilter,
        after: Option<RequestCursor>,
        limit: usize,
    ) -> Result<RequestPage, LedgerError> {
        self.ask(move |books| page(books, &filter, after, limit, LOOKED_AT)).await
    }

    /// The latest of these requests, newest first, at most `limit`, among those of the last few thousand: for a glance.
    ///
    /// # Errors
    /// As [`Ledger::request`].
    pub async fn latest_requests(&self, filter: RequestFilter, limit: usize) -> Result<Vec<RequestRow>, LedgerError> {
        self.ask(move |books| Ok(page(books, &filter, None, limit, GLANCED_AT)?.rows)).await
    }
}

/// Rows that a glance looks at.
const GLANCED_AT: usize = 5_000;
/// Rows that one page looks at, so that a filter that nothing fits does not read the whole table.
const LOOKED_AT: usize = 50_000;

fn page(
    books: &Connection,
    filter: &RequestFilter,
    after: Option<RequestCursor>,
    limit: usize,
    most: usize,
) -> Result<RequestPage, LedgerError> {
    let mut query = books.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM request WHERE seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT {most}"
    ))?;
    let from = filter.from.map_or(0, store::first_from);
    let to = filter.to.map_or(i64::MAX, store::first_from).min(after.map_or(i64::MAX, |RequestCursor(seq)| seq));
    let (sieve, mut words) = (Sieve::new(books, filter)?, Dictionary::of(books));
    let mut found = query.query([from, to])?;
    let (mut rows, mut looked_at, mut last) = (Vec::new(), 0, None);
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            return Ok(RequestPage { rows, next: last.map(RequestCursor) });
        }
        looked_at += 1;
        last = Some(row.get(0)?);
        if sieve.lets_pass(row)? {
            let request = read_row(row, &mut words)?;
            if filter.channel.as_deref().is_none_or(|channel| has_asked(&request, channel)) {
                rows.push(request);
            }
        }
    }
    let next = last.filter(|_| looked_at == most).map(RequestCursor);
    Ok(RequestPage { rows, next })
}

fn has_asked(request: &RequestRow, channel: &str) -> bool {
    request.decision.iter().any(|attempt| attempt.channel.as_deref() == Some(channel))
}

/// What can be told of a row without unpacking it.
struct Sieve {
    names: Vec<(usize, Sought)>,
    asked: Option<Asked>,
    failed: Option<bool>,
}

impl Sieve {
    fn new(books: &Connection, filter: &RequestFilter) -> rusqlite::Result<Self> {
        let columns = [(PROFILE, &filter.profile), (MODEL, &filter.model), (OUTCOME, &filter.outcome)];
        let sought = |(column, name): (usize, &Option<String>)| {
            name.as_ref().map(|name| Ok((column, Sought::new(books, name)?)))
        };
        let names = columns.into_iter().filter_map(sought).collect::<rusqlite::Result<_>>()?;
        let channel = filter.channel.as_ref().map(|channel| Sought::new(books, channel)).transpose()?;
        Ok(Self { names, asked: channel.as_ref().map(Asked::new), failed: filter.failed })
    }

    fn lets_pass(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        for (column, name) in &self.names {
            if !name.is_in(row, *column)? {
                return Ok(false);
            }
        }
        if let Some(asked) = &self.asked
            && !asked.may_be_in(row.get_ref(ATTEMPTS)?.as_str()?)
        {
            return Ok(false);
        }
        self.failed.map_or(Ok(true), |failed| Ok(has_failed(row)? == failed))
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
