//! Reads published databases in full: what cannot be read must not become current.

use std::{collections::BTreeMap, path::Path};

use chrono::NaiveDate;
use duckdb::Connection;

use crate::{
    WarehouseError, engine,
    logical::{self, BaseSums},
    manifest::TableSum,
    schema::{HASHED_TABLES, SCHEMA_VERSION},
};

/// The catalog names of what is being read.
pub(super) const TAIL: &str = "tail";
pub(super) const BASE: &str = "base";

/// What a tail says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TailMeta {
    pub(super) commit_seq: u64,
    pub(super) base: Option<u64>,
}

/// An empty instance to attach to. An empty `temp_dir` means that nothing may be spilled.
pub(super) fn open(temp_dir: &Path, memory_mb: u32, threads: u32) -> Result<Connection, WarehouseError> {
    engine::open(None, engine::Limits { memory_mb, threads, temp_dir })
}

/// Attaches a published tail as [`TAIL`].
pub(super) fn attach_tail(conn: &Connection, file: &Path) -> Result<TailMeta, WarehouseError> {
    engine::attach(conn, file, TAIL, true)?;
    let damaged = |detail: String| WarehouseError::Damaged { file: file.to_owned(), detail };
    let meta = |key: &str| {
        let sql = format!("SELECT value FROM {TAIL}.meta WHERE key = ?");
        let text = conn.query_row(&sql, [key], |row| row.get::<_, String>(0));
        text.map_err(|error| damaged(format!("meta `{key}`: {error}")))
    };
    let number = |key: &str, text: &str| text.parse().map_err(|_| damaged(format!("meta `{key}` is `{text}`")));
    let schema = number("schema_version", &meta("schema_version")?)?;
    if schema > u64::from(SCHEMA_VERSION) {
        return Err(WarehouseError::SchemaTooNew { found: schema as u32, supported: SCHEMA_VERSION });
    }
    let base = match meta("base")?.as_str() {
        "" => None,
        text => Some(number("base", text)?),
    };
    Ok(TailMeta { commit_seq: number("commit_seq", &meta("commit_seq")?)?, base })
}

/// Attaches a base as [`BASE`].
pub(super) fn attach_base(conn: &Connection, file: &Path) -> Result<(), WarehouseError> {
    engine::attach(conn, file, BASE, true)
}

/// Reads every column of every table of `catalog`, whose file is `file`: block checksums are only checked when a block is
/// read.
pub(super) fn scan_all(conn: &Connection, catalog: &str, file: &Path) -> Result<(), WarehouseError> {
    let mut statement =
        conn.prepare("SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY table_name")?;
    let names = statement.query_map([catalog], |row| row.get::<_, String>(0))?;
    for name in names.collect::<Result<Vec<_>, _>>()? {
        let sql = format!("SELECT count(*), bit_xor(hash(t)) FROM {catalog}.\"{name}\" t");
        conn.query_row(&sql, [], |_| Ok(())).map_err(|error| reading(file, &name, error))?;
    }
    Ok(())
}

/// Counts and hashes of the merged tables; `base` is what the base's manifest says about its own.
pub(super) fn merged(
    conn: &Connection,
    base: Option<&BTreeMap<String, TableSum>>,
    file: &Path,
) -> Result<BTreeMap<String, TableSum>, WarehouseError> {
    let base = base.map(|tables| BaseSums { catalog: BASE, tables });
    logical::merged_sums(conn, TAIL, base).map_err(|error| match error {
        WarehouseError::Database(error) => WarehouseError::Damaged { file: file.to_owned(), detail: error.to_string() },
        other => other,
    })
}

/// Counts and hashes of the base's own tables, by reading all of it.
pub(super) fn base_tables(conn: &Connection, file: &Path) -> Result<BTreeMap<String, TableSum>, WarehouseError> {
    let tables = HASHED_TABLES.iter().filter(|table| table.in_base);
    let sums = tables.map(|table| match logical::table_sum(conn, BASE, table) {
        Ok(sum) => Ok((table.name.to_owned(), sum.into())),
        Err(WarehouseError::Database(error)) => Err(reading(file, table.name, error)),
        Err(other) => Err(other),
    });
    sums.collect()
}

/// The last day in the curated bars of `catalog`.
pub(super) fn last_trade_date(conn: &Connection, catalog: &str) -> Result<Option<NaiveDate>, WarehouseError> {
    Ok(conn.query_row(&format!("SELECT max(trade_date) FROM {catalog}.curated_daily"), [], |row| row.get(0))?)
}

fn reading(file: &Path, table: &str, error: duckdb::Error) -> WarehouseError {
    WarehouseError::Damaged { file: file.to_owned(), detail: format!("table {table}: {error}") }
}
