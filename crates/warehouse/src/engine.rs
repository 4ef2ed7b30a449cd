//! How a DuckDB database is opened here.

use std::path::Path;

use duckdb::{Config, Connection};

use crate::WarehouseError;

/// The storage format of every file that is created. The newest that DuckDB 1.5 writes: it compresses blobs (a raw
/// response shrinks to four tenths), which the default, made for old readers, does not.
pub(crate) const STORAGE_VERSION: &str = "v1.5.0";

/// A commit's rows reach the database file with the checkpoint of the next publish, not in the middle of a backlog.
const CHECKPOINT_AT: &str = "256MiB";

/// What a process grants DuckDB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits<'a> {
    pub(crate) memory_mb: u32,
    pub(crate) threads: u32,
    /// Where it spills what exceeds the memory limit.
    pub(crate) temp_dir: &'a Path,
}

/// Opens (and creates) `file` for writing; in memory without one.
///
/// # Errors
/// `Damaged` if the file is no database that this library can read.
pub(crate) fn open(file: Option<&Path>, limits: Limits<'_>) -> Result<Connection, WarehouseError> {
    let config = Config::default()
        .enable_autoload_extension(false)?
        .with("max_memory", format!("{}MiB", limits.memory_mb.max(64)))?
        .threads(i64::from(limits.threads.max(1)))?
        .with("temp_directory", limits.temp_dir.to_string_lossy())?
        .with("storage_compatibility_version", STORAGE_VERSION)?
        .with("wal_autocheckpoint", CHECKPOINT_AT)?;
    match file {
        Some(file) => {
            Connection::open_with_flags(file, config).map_err(|error| WarehouseError::opening(file.to_owned(), error))
        }
        None => Ok(Connection::open_in_memory_with_flags(config)?),
    }
}

/// Attaches `file` under `name`; created for writing if absent, or `read_only`.
pub(crate) fn attach(conn: &Connection, file: &Path, name: &str, read_only: bool) -> Result<(), WarehouseError> {
    if read_only { attach_as(conn, file, name, "READ_ONLY") } else { attach_with(conn, file, name, "") }
}

/// Attaches `file` under `name` for writing, created if absent, with `more` options, each after a comma.
pub(crate) fn attach_with(conn: &Connection, file: &Path, name: &str, more: &str) -> Result<(), WarehouseError> {
    attach_as(conn, file, name, &format!("STORAGE_VERSION '{STORAGE_VERSION}'{more}"))
}

fn attach_as(conn: &Connection, file: &Path, name: &str, how: &str) -> Result<(), WarehouseError> {
    let sql = format!("ATTACH {} AS {name} ({how})", quote(&file.to_string_lossy()));
    conn.execute_batch(&sql).map_err(|error| WarehouseError::opening(file.to_owned(), error))
}

/// A text as an SQL literal.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
