//! Raw responses: one append-only table per source and data set, the exact bytes, forever.
//!
//! `body` holds the response's bytes as they are. DuckDB's storage compresses them (zstd, a day's bars to four tenths),
//! so that any reader can look into them with plain SQL.

use duckdb::{Connection, params};
use sha2::{Digest, Sha256};

use crate::{
    RawResponse, WarehouseError,
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
    let mut ids = Vec::with_capacity(responses.len());
    for (id, response) in (first..).zip(responses) {
        let id = id.cast_signed();
        let table = table_name(&response.source, &response.dataset)?;
        conn.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {table} {COLUMNS}"))?;
        conn.execute(
            &format!("INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)"),
            params![
                id,
                response.request,
                response.fetched_at.naive_utc(),
                i32::from(response.http_status),
                response.body,
                hex::encode(Sha256::digest(&response.body)),
                response.source,
            ],
        )?;
        ids.push(id);
    }
    set_meta(conn, "next_raw_id", &(first + responses.len() as u64).to_string())?;
    Ok(ids)
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
