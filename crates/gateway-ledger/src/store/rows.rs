//! A request's row, to and from the file.

use std::{borrow::Cow, sync::Arc};

use chrono::DateTime;
use rusqlite::{Connection, Row, params, types::Type};
use serde::de::DeserializeOwned;

use crate::RequestRow;

/// What [`read_row`] reads, in its order.
pub(crate) const COLUMNS: &str = "id, at, profile, token_id, endpoint, model, stream, outcome, failed, status, \
     latency_ms, first_byte_ms, waited_ms, charges, decision";

const MODEL_BYTES: usize = 128;

/// Inserts the row. `false` when there is one of its id already.
pub(super) fn insert(connection: &Connection, row: &RequestRow) -> rusqlite::Result<bool> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO request (id, at, profile, token_id, endpoint, model, stream, outcome, failed, status, latency_ms, \
         first_byte_ms, waited_ms, charges, decision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (id) DO NOTHING",
    )?;
    let json = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let inserted = insert.execute(params![
        row.id,
        row.at.timestamp_millis(),
        row.profile,
        row.token_id,
        row.endpoint,
        shortened(&row.model),
        row.stream,
        row.outcome,
        row.failed,
        row.status,
        row.latency_ms,
        row.first_byte_ms,
        row.waited_ms,
        serde_json::to_string(&row.charges).map_err(json)?,
        serde_json::to_string(&row.decision).map_err(json)?,
    ])?;
    Ok(inserted == 1)
}

/// Reads [`COLUMNS`].
pub(crate) fn read_row(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    let text = |index: usize| row.get::<_, Arc<str>>(index);
    let word = |index: usize| row.get::<_, String>(index).map(Cow::Owned);
    Ok(RequestRow {
        id: text(0)?,
        at: DateTime::from_timestamp_millis(row.get(1)?).unwrap_or_default(),
        profile: text(2)?,
        token_id: row.get(3)?,
        endpoint: word(4)?,
        model: text(5)?,
        stream: row.get(6)?,
        outcome: word(7)?,
        failed: row.get(8)?,
        status: row.get(9)?,
        latency_ms: row.get(10)?,
        first_byte_ms: row.get(11)?,
        waited_ms: row.get(12)?,
        charges: from_json(row, 13)?,
        decision: from_json(row, 14)?,
    })
}

/// A column that holds JSON.
fn from_json<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error)))
}

fn shortened(model: &str) -> &str {
    &model[..model.floor_char_boundary(MODEL_BYTES)]
}
