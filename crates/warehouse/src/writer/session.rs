//! The writer's open database: the tail, and the base attached beside it.

use std::{
    collections::HashSet,
    fs,
    path::Path,
    sync::{Arc, OnceLock},
};

use chrono::NaiveDate;
use duckdb::Connection;

use super::WriterOptions;
use crate::{
    Layout, WarehouseError,
    coverage::Day,
    curate::{RecentBars, load_recent},
    engine,
    manifest::BaseManifest,
    schema,
};

/// The catalog name of the attached base.
pub(crate) const BASE: &str = "base";

/// The open tail.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) conn: Connection,
    pub(crate) base: Option<Arc<BaseInfo>>,
    /// Commits so far that changed market data.
    pub(crate) commit_seq: u64,
    /// Commits so far that changed bookkeeping only.
    pub(crate) bookkeeping_seq: u64,
}

/// What is known about the attached base; it never changes, so it outlives the connection.
#[derive(Debug)]
pub(crate) struct BaseInfo {
    pub(crate) manifest: BaseManifest,
    /// The last day of any of its rows; nothing newer needs to be looked for in it.
    pub(crate) last_day: Option<NaiveDate>,
    /// The days that were complete when they were moved into it.
    pub(crate) sealed: HashSet<Day>,
    recent: OnceLock<RecentBars>,
}

impl BaseInfo {
    /// The last bars of every code, read at the first use.
    pub(crate) fn recent(&self, conn: &Connection) -> Result<&RecentBars, WarehouseError> {
        if let Some(recent) = self.recent.get() {
            return Ok(recent);
        }
        let recent = load_recent(conn)?;
        Ok(self.recent.get_or_init(|| recent))
    }
}

impl Session {
    /// Opens the tail and its base. `known` is what is known about a base from an earlier session.
    pub(crate) fn open(
        layout: &Layout,
        options: &WriterOptions,
        known: Option<Arc<BaseInfo>>,
    ) -> Result<Self, WarehouseError> {
        let temp_dir = layout.temp_dir();
        let limits =
            engine::Limits { memory_mb: options.memory_limit_mb, threads: options.threads, temp_dir: &temp_dir };
        let tail = layout.tail();
        let conn = engine::open(Some(&tail), limits)?;
        schema::migrate(&conn).map_err(|error| naming(error, &tail))?;
        let base = match meta(&conn, "base")?.as_str() {
            "" => None,
            number => Some(attach_base(&conn, layout, number, known)?),
        };
        let commit_seq = meta_number(&conn, "commit_seq")?;
        let bookkeeping_seq = meta_number(&conn, "bookkeeping_seq")?;
        Ok(Self { conn, base, commit_seq, bookkeeping_seq })
    }

    pub(crate) fn close(self) -> Result<(), WarehouseError> {
        // An instance that a full disk made invalid cannot be closed cleanly; dropping it releases the file all the same.
        if let Err((conn, error)) = self.conn.close() {
            tracing::warn!(error = %error, "closing the tail failed; it is opened again from its log");
            drop(conn);
        }
        Ok(())
    }

    /// The number of the base, if there is one.
    pub(crate) fn base_number(&self) -> Option<u64> {
        self.base.as_ref().map(|base| base.manifest.number)
    }
}

/// Removes what a crash may have left: unfinished files, a tail that never took the old one's place, spilled pages. The
/// files that the tail does not refer to are harmless and wait for the next compaction.
pub(crate) fn clear_leftovers(layout: &Layout) -> Result<(), WarehouseError> {
    let temp_dir = layout.temp_dir();
    if temp_dir.exists() {
        fs::remove_dir_all(&temp_dir)?;
    }
    for entry in fs::read_dir(layout.root())? {
        let path = entry?.path();
        let unfinished = path.to_string_lossy();
        let unfinished = unfinished.ends_with(".tmp") || unfinished.ends_with(".tmp.wal");
        if unfinished && path.is_file() {
            tracing::info!(file = %path.display(), "removing an unfinished file");
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// One value of `meta`.
pub(crate) fn meta(conn: &Connection, key: &str) -> Result<String, WarehouseError> {
    Ok(conn.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0))?)
}

/// One number of `meta`.
pub(crate) fn meta_number(conn: &Connection, key: &str) -> Result<u64, WarehouseError> {
    let text = meta(conn, key)?;
    text.parse().map_err(|_| WarehouseError::Other(format!("meta `{key}` is `{text}`, not a number")))
}

/// Sets one value of `meta`.
pub(crate) fn set_meta(conn: &Connection, key: &str, value: &str) -> Result<(), WarehouseError> {
    conn.execute("UPDATE meta SET value = ? WHERE key = ?", [value, key])?;
    Ok(())
}

fn attach_base(
    conn: &Connection,
    layout: &Layout,
    number: &str,
    known: Option<Arc<BaseInfo>>,
) -> Result<Arc<BaseInfo>, WarehouseError> {
    let number = number.parse().map_err(|_| WarehouseError::Damaged {
        file: layout.tail(),
        detail: format!("meta `base` is `{number}`, not a number"),
    })?;
    let manifest = BaseManifest::read(&layout.base_manifest(number))?;
    manifest.database.check_size(layout.root())?;
    engine::attach(conn, &layout.base(number), BASE, true)?;
    if let Some(known) = known.filter(|known| known.manifest == manifest) {
        return Ok(known);
    }
    let last_day = conn.query_row(
        "SELECT greatest((SELECT max(trade_date) FROM base.curated_daily),
                         (SELECT max(trade_date) FROM base.normalized_daily),
                         (SELECT max(trade_date) FROM base.normalized_daily_basic),
                         (SELECT max(trade_date) FROM base.price_limit),
                         (SELECT max(trade_date) FROM base.suspension))",
        [],
        |row| row.get(0),
    )?;
    let mut statement = conn.prepare("SELECT source, trade_date FROM base.sealed_day")?;
    let sealed = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(Arc::new(BaseInfo { manifest, last_day, sealed, recent: OnceLock::new() }))
}

fn naming(error: WarehouseError, file: &Path) -> WarehouseError {
    match error {
        WarehouseError::Other(detail) => WarehouseError::Damaged { file: file.to_owned(), detail },
        other => other,
    }
}
