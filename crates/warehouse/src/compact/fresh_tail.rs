//! The new tail: reference and bookkeeping as they are, the days that stay, and the name of the new base.

use std::{fs, path::PathBuf};

use crate::{
    Layout, WarehouseError,
    compact::history::moves,
    engine,
    engine::quote,
    schema::{self, BASE_TABLES, COPIED_TABLES},
    writer::{Session, meta},
};

const FRESH: &str = "fresh";

/// Where it is built.
pub(super) fn path(layout: &Layout) -> PathBuf {
    Layout::unfinished(&layout.root().join("tail-next.duckdb"))
}

/// Builds it, complete and durable, for base `number`.
pub(super) fn build(session: &Session, layout: &Layout, number: u64) -> Result<(), WarehouseError> {
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
    for table in COPIED_TABLES {
        conn.execute_batch(&format!("INSERT INTO {FRESH}.{table} FROM {table}"))?;
    }
    for table in BASE_TABLES {
        let stay = format!("SELECT x.* FROM {table} x WHERE NOT ({})", moves(table));
        conn.execute_batch(&format!("INSERT INTO {FRESH}.{table} {stay}"))?;
    }
    let values = [
        ("base", number.to_string()),
        ("commit_seq", (session.commit_seq + 1).to_string()),
        ("bookkeeping_seq", session.bookkeeping_seq.to_string()),
        ("next_raw_id", meta(conn, "next_raw_id")?),
        ("feature_floor", meta(conn, "feature_floor")?),
    ];
    for (key, value) in values {
        conn.execute_batch(&format!("UPDATE {FRESH}.meta SET value = {} WHERE key = {}", quote(&value), quote(key)))?;
    }
    conn.execute_batch(&format!("CHECKPOINT {FRESH}; DETACH {FRESH}"))?;
    Ok(())
}
