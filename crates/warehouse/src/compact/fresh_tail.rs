//! The new tail: reference and bookkeeping as they are, the days that stay, and the name of the new base.

use std::{fs, path::PathBuf};

use super::Moving;
use crate::{
    Layout, WarehouseError, engine,
    engine::quote,
    schema::{self, BASE_TABLES, COPIED_TABLES},
    writer::{Session, meta},
};

/// The catalog name of the tail that is being built.
pub(crate) const FRESH: &str = "fresh";

/// Where it is built.
pub(super) fn path(layout: &Layout) -> PathBuf {
    Layout::unfinished(&layout.root().join("tail-next.duckdb"))
}

/// Creates it with reference and bookkeeping, attached as [`FRESH`]; the tables in `left_out` stay empty.
pub(crate) fn create(session: &Session, layout: &Layout, left_out: &[&str]) -> Result<(), WarehouseError> {
    let conn = &session.conn;
    let path = path(layout);
    for leftover in [&path, &Layout::wal(&path)] {
        if leftover.exists() {
            fs::remove_file(leftover)?;
        }
    }
    let tail: String = conn.query_row("SELECT current_database()", [], |row| row.get(0))?;
    engine::attach(conn, &path, FRESH, false)?;
    conn.execute_batch(&format!("USE {FRESH}"))?;
    let migrated = schema::migrate(conn);
    conn.execute_batch(&format!("USE {tail}"))?;
    migrated?;
    for table in COPIED_TABLES.iter().filter(|table| !left_out.contains(table)) {
        conn.execute_batch(&format!("INSERT INTO {FRESH}.{table} FROM {table}"))?;
    }
    let values = [
        ("commit_seq", (session.commit_seq + 1).to_string()),
        ("bookkeeping_seq", session.bookkeeping_seq.to_string()),
        ("next_raw_id", meta(conn, "next_raw_id")?),
        ("feature_floor", meta(conn, "feature_floor")?),
    ];
    for (key, value) in values {
        set(session, key, &value)?;
    }
    Ok(())
}

/// Sets one value of its `meta`.
pub(crate) fn set(session: &Session, key: &str, value: &str) -> Result<(), WarehouseError> {
    let sql = format!("UPDATE {FRESH}.meta SET value = {} WHERE key = {}", quote(value), quote(key));
    Ok(session.conn.execute_batch(&sql)?)
}

/// Adds the rows that do not move, names base `number`, makes it durable and detaches it.
pub(crate) fn finish(session: &Session, number: u64, moving: Moving<'_>) -> Result<(), WarehouseError> {
    let conn = &session.conn;
    for table in BASE_TABLES {
        let stay = format!("SELECT x.* FROM {table} x WHERE NOT ({})", moving.rows_of(table));
        conn.execute_batch(&format!("INSERT INTO {FRESH}.{table} {stay}"))?;
    }
    set(session, "base", &number.to_string())?;
    Ok(conn.execute_batch(&format!("CHECKPOINT {FRESH}; DETACH {FRESH}"))?)
}
