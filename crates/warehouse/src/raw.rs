//! Raw responses: one append-only table per source and data set, the exact bytes, forever.
//!
//! `body` holds the response's bytes as they are. DuckDB's storage compresses them (zstd, a day's bars to four tenths),
//! so that any reader can look into them with plain SQL.

use std::{collections::BTreeMap, sync::Arc};

use duckdb::{
    Connection,
    arrow::array::{ArrayRef, BinaryArray, Int16Array},
};
use sha2::{Digest, Sha256};

use crate::{
    RawResponse, WarehouseError, arrow_rows,
    writer::{meta_number, set_meta},
};

/// The table of one source and data set, for example `raw_tushare_daily`.
///
/// # Errors
/// `BadBatch` for names that are not lower-case letters, digits and `_`.
pub(crate) fn table_name(source: &str, dataset: &str) -> Result<String, WarehouseError> {
    let plain = |name: &str| {
        !name.is_empty()
            && name.len() <= 48
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if plain(source) && plain(dataset) {
        Ok(format!("raw_{source}_{dataset}"))
    } else {
        Err(WarehouseError::BadBatch(format!("`{source}`/`{dataset}`: names are lower-case letters, digits and `_`")))
    }
}

/// The columns of every raw table.
pub(crate) const COLUMNS: &str = "(id BIGINT NOT NULL, request VARCHAR NOT NULL, fetched_at TIMESTAMP NOT NULL, \
     http_status SMALLINT NOT NULL, body BLOB NOT NULL, body_sha256 VARCHAR NOT NULL, source VARCHAR NOT NULL)";

/// Appends `responses` and returns the id of each. Ids are unique over all raw tables and never reused.
pub(crate) fn append(conn: &Connection, responses: &[RawResponse]) -> Result<Vec<i64>, WarehouseError> {
    if responses.is_empty() {
        return Ok(Vec::new());
    }
    let first = meta_number(conn, "next_raw_id")?;
    let ids: Vec<i64> = (first..).take(responses.len()).map(u64::cast_signed).collect();
    // A day of a vendor that answers code by code has thousands: one append per table, not one statement per response.
    let mut tables: BTreeMap<String, Vec<(i64, &RawResponse)>> = BTreeMap::new();
    for (id, response) in ids.iter().zip(responses) {
        tables.entry(table_name(&response.source, &response.dataset)?).or_default().push((*id, response));
    }
    for (table, rows) in &tables {
        conn.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {table} {COLUMNS}"))?;
        arrow_rows::append(conn, table, columns(rows))?;
    }
    set_meta(conn, "next_raw_id", &(first + responses.len() as u64).to_string())?;
    Ok(ids)
}

/// The columns of responses with their ids, in the order of [`COLUMNS`].
pub(crate) fn columns(rows: &[(i64, &RawResponse)]) -> Vec<ArrayRef> {
    let each = || rows.iter().map(|(_, response)| *response);
    vec![
        arrow_rows::longs(rows.iter().map(|(id, _)| *id)),
        arrow_rows::texts(each().map(|response| &response.request)),
        arrow_rows::moments(each().map(|response| response.fetched_at)),
        Arc::new(Int16Array::from_iter_values(each().map(|response| response.http_status.cast_signed()))),
        Arc::new(BinaryArray::from_iter_values(each().map(|response| &response.body))),
        arrow_rows::texts(each().map(|response| hex::encode(Sha256::digest(&response.body)))),
        arrow_rows::texts(each().map(|response| &response.source)),
    ]
}

/// The names of the raw tables in `catalog`, ascending.
pub(crate) fn tables(conn: &Connection, catalog: &str) -> Result<Vec<String>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND starts_with(table_name, 'raw_') ORDER BY 1",
    )?;
    let names = statement.query_map([catalog], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_identifier_is_refused() {
        assert_eq!(table_name("tushare", "adj_factor").unwrap(), "raw_tushare_adj_factor");
        for (source, dataset) in [("tushare", ""), ("Tushare", "daily"), ("t", "x; DROP TABLE meta"), ("t", "a-b")] {
            assert!(table_name(source, dataset).is_err(), "{source}/{dataset}");
        }
    }
}
