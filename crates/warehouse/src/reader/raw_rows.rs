//! The raw layer: the vendor's own row behind a normalized one, byte for byte.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use chrono::{DateTime, NaiveDateTime, Utc};
use duckdb::{Connection, OptionalExt, params};

use super::{
    NormalizedRow, RawRow,
    database::Deadline,
    raw_body::{Found, RawBody},
};
use crate::{WarehouseError, raw};

/// A response as stored.
pub(super) struct Response {
    pub(super) dataset: String,
    pub(super) request: String,
    pub(super) fetched_at: DateTime<Utc>,
    pub(super) http_status: u16,
    pub(super) body: Vec<u8>,
}

/// Finds the row behind each of `rows`, in their order. Each response is read once; one at a time, for they are large.
pub(super) fn find(
    conn: &Connection,
    deadline: Deadline,
    tail: &str,
    rows: &[NormalizedRow],
) -> Result<Vec<RawRow>, WarehouseError> {
    let mut by_response: BTreeMap<(&str, i64), Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        by_response.entry((&row.source, row.raw_id)).or_default().push(at);
    }
    let wanted: Vec<(&str, i64)> = by_response.keys().copied().collect();
    let datasets = datasets(conn, tail, &wanted)?;
    let mut found: Vec<RawRow> = rows.iter().map(archived).collect();
    for ((source, raw_id), places) in by_response {
        deadline.check()?;
        let Some(dataset) = datasets.get(&raw_id) else { continue };
        let table = raw::table_name(source, dataset)?;
        let Some(response) = read(conn, tail, source, dataset, raw_id)? else { continue };
        fill(&mut found, &places, &response).map_err(|detail| WarehouseError::Damaged {
            file: PathBuf::from(format!("{tail}.{table}#{raw_id}")),
            detail,
        })?;
    }
    Ok(found)
}

/// Fills the rows at `places`, which all come from `response`.
fn fill(found: &mut [RawRow], places: &[usize], response: &Response) -> Result<(), String> {
    let body = RawBody::parse(&response.body)?;
    let mut shown_in = None;
    for &place in places {
        let row = &mut found[place];
        row.row = Some(match body.row(row.raw_row, row.trade_date)? {
            Found::Row(row) => row,
            Found::Whole => body.whole(row.raw_row, shown_in)?,
        });
        shown_in.get_or_insert(place);
        row.dataset = Some(response.dataset.clone());
        row.fields = body.fields();
        row.request = Some(response.request.clone());
        row.fetched_at = Some(response.fetched_at);
        row.archived = false;
    }
    Ok(())
}

/// The data set of each response in `wanted` (source, id) that is in the tail. A vendor has bars in several: shares apart from
/// indices. Ids are unique over all of them.
fn datasets(conn: &Connection, tail: &str, wanted: &[(&str, i64)]) -> Result<HashMap<i64, String>, WarehouseError> {
    let tables = raw::tables(conn, tail)?;
    let mut datasets = HashMap::new();
    for of_source in wanted.chunk_by(|a, b| a.0 == b.0) {
        let source = of_source[0].0;
        let ids: Vec<String> = of_source.iter().map(|(_, id)| id.to_string()).collect();
        let ids = ids.join(", ");
        for dataset in tables.iter().filter_map(|table| table.strip_prefix(&format!("raw_{source}_"))) {
            let table = raw::table_name(source, dataset)?;
            let sql = format!("SELECT id FROM {tail}.{table} WHERE source = ? AND id IN ({ids})");
            let mut statement = conn.prepare(&sql)?;
            for id in statement.query_map([source], |row| row.get(0))? {
                datasets.insert(id?, dataset.to_owned());
            }
        }
    }
    Ok(datasets)
}

/// What is known of a row whose response is no longer here.
fn archived(row: &NormalizedRow) -> RawRow {
    RawRow {
        trade_date: row.bar.trade_date,
        source: row.source.clone(),
        dataset: None,
        raw_id: row.raw_id,
        raw_row: row.raw_row,
        request: None,
        fetched_at: None,
        fields: Vec::new(),
        row: None,
        archived: true,
    }
}

/// A response by its id; `None` if it is no longer in the tail.
pub(super) fn response(
    conn: &Connection,
    tail: &str,
    source: &str,
    raw_id: i64,
) -> Result<Option<Response>, WarehouseError> {
    match datasets(conn, tail, &[(source, raw_id)])?.get(&raw_id) {
        Some(dataset) => read(conn, tail, source, dataset, raw_id),
        None => Ok(None),
    }
}

fn read(
    conn: &Connection,
    tail: &str,
    source: &str,
    dataset: &str,
    raw_id: i64,
) -> Result<Option<Response>, WarehouseError> {
    let table = raw::table_name(source, dataset)?;
    let sql = format!("SELECT request, fetched_at, http_status, body FROM {tail}.{table} WHERE id = ?");
    let response = conn.query_row(&sql, params![raw_id], |row| {
        Ok(Response {
            dataset: dataset.to_owned(),
            request: row.get(0)?,
            fetched_at: row.get::<_, NaiveDateTime>(1)?.and_utc(),
            http_status: row.get::<_, i16>(2)?.cast_unsigned(),
            body: row.get(3)?,
        })
    });
    Ok(response.optional()?)
}
