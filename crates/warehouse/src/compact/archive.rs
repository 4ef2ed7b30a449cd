//! Moves the tail's raw responses to the archive of their year. Every response stays, on the primary.

use duckdb::Connection;

use crate::{Layout, WarehouseError, engine, raw};

const ARCHIVE: &str = "archive";

/// Copies every raw response of the tail into `raw-<year>.duckdb`, unless it is there already from an attempt that did not
/// come to its end. Returns how many the tail holds.
pub(super) fn archive(conn: &Connection, layout: &Layout) -> Result<u64, WarehouseError> {
    let tail: String = conn.query_row("SELECT current_database()", [], |row| row.get(0))?;
    let tables = raw::tables(conn, &tail)?;
    let mut archived = 0;
    for year in years(conn, &tables)? {
        engine::attach(conn, &layout.raw_archive(year), ARCHIVE, false)?;
        for table in &tables {
            archived += copy(conn, table, year)?;
        }
        conn.execute_batch(&format!("CHECKPOINT {ARCHIVE}; DETACH {ARCHIVE}"))?;
    }
    Ok(archived)
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
