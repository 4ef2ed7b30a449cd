//! Moves the tail's raw responses to the archive of their year. Every response stays, on the primary.
//!
//! A bulk load writes straight into the archives, under ids that only count once the new tail has taken the old one's
//! place. A note beside the archives says that this is going on; [`settle`] removes what such a load left behind.

use std::{fs, path::PathBuf};

use duckdb::Connection;

use crate::{Layout, WarehouseError, durable, engine, raw, writer::meta_number};

const ARCHIVE: &str = "archive";

/// The row groups of an archive's tables: bodies are large, and a row group is collected in memory.
const ROW_GROUP: usize = 2048;

/// Attaches the archive of `year` under `name`, creating it if it is absent.
pub(crate) fn attach(conn: &Connection, layout: &Layout, year: i32, name: &str) -> Result<(), WarehouseError> {
    engine::attach_with(conn, &layout.raw_archive(year), name, &format!(", ROW_GROUP_SIZE {ROW_GROUP}"))
}

/// Copies every raw response of the tail into `raw-<year>.duckdb`, unless it is there already from an attempt that did not
/// come to its end. Returns how many the tail holds.
pub(crate) fn archive(conn: &Connection, layout: &Layout) -> Result<u64, WarehouseError> {
    let tail: String = conn.query_row("SELECT current_database()", [], |row| row.get(0))?;
    let tables = raw::tables(conn, &tail)?;
    let mut archived = 0;
    for year in years(conn, &tables)? {
        attach(conn, layout, year, ARCHIVE)?;
        for table in &tables {
            archived += copy(conn, table, year)?;
        }
        conn.execute_batch(&format!("CHECKPOINT {ARCHIVE}; DETACH {ARCHIVE}"))?;
    }
    Ok(archived)
}

/// Notes that responses are being written into archives before their ids count.
pub(crate) fn begin(layout: &Layout) -> Result<(), WarehouseError> {
    durable::write_bytes(&note(layout), b"a bulk load is writing raw responses\n")
}

/// Removes from the archives what a bulk load left that did not come to its end: responses whose ids the tail has not
/// handed out yet, and will hand out to others.
pub(crate) fn settle(conn: &Connection, layout: &Layout) -> Result<(), WarehouseError> {
    let note = note(layout);
    if !note.exists() {
        return Ok(());
    }
    let next_id = meta_number(conn, "next_raw_id")?;
    for year in archives(layout)? {
        attach(conn, layout, year, ARCHIVE)?;
        for table in raw::tables(conn, ARCHIVE)? {
            let removed = conn.execute(&format!("DELETE FROM {ARCHIVE}.{table} WHERE id >= ?"), [next_id])?;
            if removed > 0 {
                tracing::info!(table, removed, "removed raw responses of a bulk load that did not come to its end");
            }
        }
        conn.execute_batch(&format!("CHECKPOINT {ARCHIVE}; DETACH {ARCHIVE}"))?;
    }
    fs::remove_file(&note)?;
    durable::sync_folder_of(&note)
}

fn note(layout: &Layout) -> PathBuf {
    layout.root().join("raw-archives.unsettled")
}

/// The years of the archives that are there.
pub(crate) fn archives(layout: &Layout) -> Result<Vec<i32>, WarehouseError> {
    let mut years = Vec::new();
    for entry in fs::read_dir(layout.root())? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let year = name.strip_prefix("raw-").and_then(|name| name.strip_suffix(".duckdb"));
        years.extend(year.and_then(|year| year.parse::<i32>().ok()));
    }
    years.sort_unstable();
    Ok(years)
}

fn years(conn: &Connection, tables: &[String]) -> Result<Vec<i32>, WarehouseError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let parts: Vec<_> = tables.iter().map(|table| format!("SELECT year(fetched_at)::INTEGER FROM {table}")).collect();
    let mut statement = conn.prepare(&format!("{} ORDER BY 1", parts.join(" UNION ")))?;
    let years = statement.query_map([], |row| row.get(0))?;
    Ok(years.collect::<Result<_, _>>()?)
}

fn copy(conn: &Connection, table: &str, year: i32) -> Result<u64, WarehouseError> {
    let of_year = format!("FROM {table} x WHERE year(x.fetched_at) = {year}");
    conn.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {ARCHIVE}.{table} {};
         INSERT INTO {ARCHIVE}.{table}
         SELECT x.* {of_year} AND x.id NOT IN (SELECT id FROM {ARCHIVE}.{table}) ORDER BY x.id",
        raw::COLUMNS
    ))?;
    Ok(conn.query_row(&format!("SELECT count(*) {of_year}"), [], |row| row.get(0))?)
}
