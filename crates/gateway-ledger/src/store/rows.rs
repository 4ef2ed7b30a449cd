//! A request's row, to and from the file.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rusqlite::{
    Connection, OptionalExtension as _, Row, Statement, ffi, params,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    packed,
    words::{Dictionary, Words},
};
use crate::RequestRow;

/// What [`read_row`] reads, in its order.
pub(crate) const COLUMNS: &str = "seq, id, profile, token, endpoint, model, outcome, flags, status, \
     latency_ms, first_byte_ms, waited_ms, charges, attempts";
/// Columns that lists are filtered by.
pub(crate) const PROFILE: usize = 2;
pub(crate) const MODEL: usize = 5;
pub(crate) const OUTCOME: usize = 6;
const FLAGS: usize = 7;
/// The packed attempts.
pub(crate) const ATTEMPTS: usize = 13;

const MODEL_BYTES: usize = 128;
const STREAM: i64 = 1;
const FAILED: i64 = 2;
/// A row's number is the millisecond of its arrival and, in the lower bits, a count: lists and retention go by time
/// without an index of their own.
const COUNT_BITS: u32 = 20;

/// Writes rows, with what it needs again for each.
#[derive(Default)]
pub(super) struct RowWriter {
    pub(super) words: Words,
    count: i64,
    charges: String,
    attempts: String,
}

impl RowWriter {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self { words: Words::load(connection)?, ..Self::default() })
    }

    /// Inserts the row. `false` when there is one of its id already.
    pub(super) fn insert(&mut self, connection: &Connection, row: &RequestRow) -> rusqlite::Result<bool> {
        let Self { words, charges, attempts, .. } = self;
        packed::charges(&row.charges, words, connection, charges)?;
        packed::attempts(&row.decision, words, connection, attempts)?;
        let profile = words.of(connection, &row.profile)?;
        let token = row.token_id.as_ref().map(|token| words.of(connection, token)).transpose()?;
        let endpoint = words.of(connection, &row.endpoint)?;
        // A name that no channel was asked for may be anything: it does not belong into the dictionary.
        let model = shortened(&row.model);
        let model =
            if row.channel().is_some() { words.of(connection, model)? } else { super::Word::Text(model.to_owned()) };
        let outcome = words.of(connection, &row.outcome)?;
        let flags = if row.stream { STREAM } else { 0 } | if row.failed { FAILED } else { 0 };
        let mut insert = connection.prepare_cached(
            "INSERT INTO request (seq, id, profile, token, endpoint, model, outcome, flags, status, latency_ms,
                first_byte_ms, waited_ms, charges, attempts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (id) DO NOTHING",
        )?;
        let run = |statement: &mut Statement<'_>, seq: i64| {
            statement.execute(params![
                seq,
                id(&row.id),
                profile,
                token,
                endpoint,
                model,
                outcome,
                flags,
                row.status,
                row.latency_ms,
                row.first_byte_ms,
                row.waited_ms,
                charges.as_str(),
                attempts.as_str(),
            ])
        };
        self.count = (self.count + 1) & ((1 << COUNT_BITS) - 1);
        let first = first_of(row.at.timestamp_millis());
        match run(&mut insert, first + self.count) {
            // Another process counted the same in the same millisecond.
            Err(error) if is_taken(&error) => run(&mut insert, next_free(connection, first)?),
            other => other,
        }
        .map(|inserted| inserted == 1)
    }
}

/// The smallest number of a row that arrived at or after a moment.
pub(crate) fn first_from(moment: DateTime<Utc>) -> i64 {
    let begun = i64::from(!moment.timestamp_subsec_nanos().is_multiple_of(1_000_000));
    first_of(moment.timestamp_millis().saturating_add(begun))
}

fn first_of(millis: i64) -> i64 {
    millis.clamp(0, i64::MAX >> COUNT_BITS) << COUNT_BITS
}

fn next_free(connection: &Connection, first: i64) -> rusqlite::Result<i64> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM request WHERE seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1")?
        .query_row([first, first + (1 << COUNT_BITS)], |row| row.get(0))
        .optional()?;
    Ok(last.map_or(first, |last| last + 1))
}

fn is_taken(error: &rusqlite::Error) -> bool {
    let codes = [ffi::SQLITE_CONSTRAINT_PRIMARYKEY, ffi::SQLITE_CONSTRAINT_ROWID];
    error.sqlite_error().is_some_and(|error| codes.contains(&error.extended_code))
}

/// An id as its column holds it: the gateway's own sixteen hexadecimal digits as a number, others as they are.
pub(crate) fn id(text: &str) -> ToSqlOutput<'_> {
    let is_own = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match u64::from_str_radix(text, 16) {
        Ok(number) if is_own => ToSqlOutput::from(number.cast_signed()),
        _ => ToSqlOutput::from(text),
    }
}

/// Whether the row counts as a failure.
pub(crate) fn has_failed(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get::<_, i64>(FLAGS)? & FAILED != 0)
}

/// Reads [`COLUMNS`].
pub(crate) fn read_row(row: &Row<'_>, words: &mut Dictionary<'_>) -> rusqlite::Result<RequestRow> {
    let flags: i64 = row.get(FLAGS)?;
    let seq: i64 = row.get(0)?;
    let id = match row.get_ref(1)? {
        ValueRef::Integer(number) => format!("{:016x}", number.cast_unsigned()).into(),
        other => other.as_str()?.into(),
    };
    let token_id = if row.get_ref(3)? == ValueRef::Null { None } else { Some(words.name(row, 3)?) };
    Ok(RequestRow {
        id,
        at: DateTime::from_timestamp_millis(seq >> COUNT_BITS).unwrap_or_default(),
        profile: words.name(row, PROFILE)?,
        token_id,
        endpoint: Cow::Owned(words.name(row, 4)?.as_ref().to_owned()),
        model: words.name(row, MODEL)?,
        stream: flags & STREAM != 0,
        outcome: Cow::Owned(words.name(row, OUTCOME)?.as_ref().to_owned()),
        failed: flags & FAILED != 0,
        status: row.get(8)?,
        latency_ms: row.get(9)?,
        first_byte_ms: row.get(10)?,
        waited_ms: row.get(11)?,
        charges: packed::read_charges(row.get_ref(12)?.as_str()?, words)?,
        decision: packed::read_attempts(row.get_ref(13)?.as_str()?, words)?,
    })
}

/// The part of a model's name that is kept.
pub(super) fn shortened(model: &str) -> &str {
    &model[..model.floor_char_boundary(MODEL_BYTES)]
}
