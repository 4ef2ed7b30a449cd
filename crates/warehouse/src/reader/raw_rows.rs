//! The raw layer: the vendor's own row behind a normalized one, byte for byte.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};
use duckdb::{Connection, OptionalExt, params};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{NormalizedRow, RawRow, database::Deadline};
use crate::{WarehouseError, raw};

/// The data set that normalized bars come from.
const DATASET: &str = "daily";

/// A response as stored.
struct Response {
    request: String,
    fetched_at: DateTime<Utc>,
    body: Vec<u8>,
}

/// The envelope of a Tushare answer, as far as it concerns a row.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    fields: Vec<String>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// Finds the row behind each of `rows`, in their order. Each response is read once; one at a time, for they are large.
pub(super) fn find(
    conn: &Connection,
    deadline: Deadline,
    tail: &str,
    rows: &[NormalizedRow],
) -> Result<Vec<RawRow>, WarehouseError> {
    let tables = raw::tables(conn, tail)?;
    let mut by_response: BTreeMap<(&str, i64), Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        by_response.entry((&row.source, row.raw_id)).or_default().push(at);
    }
    let mut found: Vec<RawRow> = rows.iter().map(archived).collect();
    for ((source, raw_id), places) in by_response {
        deadline.check()?;
        let table = raw::table_name(source, DATASET)?;
        if !tables.contains(&table) {
            continue;
        }
        let Some(response) = read(conn, &format!("{tail}.{table}"), raw_id)? else { continue };
        let damaged = |detail: String| WarehouseError::Damaged {
            file: PathBuf::from(format!("{tail}.{table}#{raw_id}")),
            detail,
        };
        let envelope: Envelope<'_> =
            serde_json::from_slice(&response.body).map_err(|error| damaged(error.to_string()))?;
        for place in places {
            let at = found[place].raw_row;
            let row = usize::try_from(at).ok().and_then(|at| envelope.data.items.get(at));
            let row = row.ok_or_else(|| damaged(format!("it has no row {at}")))?;
            let place = &mut found[place];
            place.row = Some((*row).to_owned());
            place.fields = envelope.data.fields.clone();
            place.request = Some(response.request.clone());
            place.fetched_at = Some(response.fetched_at);
            place.archived = false;
        }
    }
    Ok(found)
}

/// What is known of a row whose response is no longer here.
fn archived(row: &NormalizedRow) -> RawRow {
    RawRow {
        trade_date: row.bar.trade_date,
        source: row.source.clone(),
        dataset: DATASET.to_owned(),
        raw_id: row.raw_id,
        raw_row: row.raw_row,
        request: None,
        fetched_at: None,
        fields: Vec::new(),
        row: None,
        archived: true,
    }
}

fn read(conn: &Connection, table: &str, raw_id: i64) -> Result<Option<Response>, WarehouseError> {
    let sql = format!("SELECT request, fetched_at, body FROM {table} WHERE id = ?");
    let response = conn.query_row(&sql, params![raw_id], |row| {
        let fetched_at = row.get::<_, NaiveDateTime>(1)?.and_utc();
        Ok(Response { request: row.get(0)?, fetched_at, body: row.get(2)? })
    });
    Ok(response.optional()?)
}
