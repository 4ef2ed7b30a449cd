//! Writes one file, reads it back, and gives it its name.

use std::{
    fs::{self, File},
    path::Path,
};

use duckdb::Connection;

use super::{
    manifest::ParquetFile,
    options::{ParquetOptions, ParquetStep},
    parts::Part,
};
use crate::{
    Layout, WarehouseError, durable, engine,
    logical::{self, Sum},
    manifest::TableSum,
    schema::Table,
};

/// As many rows as a row group of DuckDB's own files: what a reader decodes at a time.
const ROW_GROUP: usize = 122_880;

/// Writes the file of `part` below `folder`. It appears under its name only when it is whole and holds what it must.
///
/// # Errors
/// `DiskFull`; `Damaged` if what was written reads back as something else. Nothing is left then.
pub(super) fn write(
    conn: &Connection,
    folder: &Path,
    table: &Table,
    part: &Part,
    options: &ParquetOptions,
) -> Result<ParquetFile, WarehouseError> {
    let path = folder.join(&part.path);
    let unfinished = Layout::unfinished(&path);
    let written = write_unfinished(conn, &unfinished, table, part);
    let (size, sha256, sum) = written.inspect_err(|_| drop(fs::remove_file(&unfinished)))?;
    options.step(ParquetStep::FileWritten);
    durable::rename(&unfinished, &path)?;
    let TableSum { rows, logical_hash } = sum.into();
    Ok(ParquetFile { path: part.path.clone(), partition: part.partition.clone(), size, sha256, rows, logical_hash })
}

fn write_unfinished(
    conn: &Connection,
    path: &Path,
    table: &Table,
    part: &Part,
) -> Result<(u64, String, Sum), WarehouseError> {
    let target = engine::quote(&path.to_string_lossy());
    conn.execute_batch(&format!(
        "COPY ({}) TO {target} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, USE_TMP_FILE false)",
        part.sql
    ))?;
    File::open(path)?.sync_all()?;
    let (size, sha256) = durable::sha256_file(path)?;
    let found = read(conn, path, table)?;
    if part.expected.is_some_and(|expected| expected != found) {
        let detail = format!("it holds {found:?} instead of {:?}", part.expected);
        return Err(WarehouseError::Damaged { file: path.to_owned(), detail });
    }
    Ok((size, sha256, found))
}

/// Count and hash of the rows of a file.
///
/// # Errors
/// `Damaged` if it cannot be read.
pub(super) fn read(conn: &Connection, path: &Path, table: &Table) -> Result<Sum, WarehouseError> {
    let source = engine::quote(&path.to_string_lossy());
    let sql = format!("SELECT {} FROM read_parquet({source}) t", logical::aggregates(table, "t"));
    conn.query_row(&sql, [], |row| Ok(Sum { rows: row.get(0)?, hash: row.get(1)? }))
        .map_err(|error| WarehouseError::opening(path.to_owned(), error))
}
