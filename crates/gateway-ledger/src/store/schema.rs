//! Tables and their versions.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

use crate::LedgerError;

/// The file's name in the ledger's folder.
pub(crate) const FILE: &str = "gateway.sqlite";

/// One per version, in order; a file of version n has had the first n. Money is in nano-yuan, `at` in milliseconds and
/// `hour` in seconds since 1970, both UTC.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE budget (
        channel TEXT NOT NULL, day TEXT NOT NULL,
        leased INTEGER NOT NULL DEFAULT 0, charged INTEGER NOT NULL DEFAULT 0,
        estimated INTEGER NOT NULL DEFAULT 0, written_off INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (channel, day)) WITHOUT ROWID;
    CREATE TABLE request (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, profile TEXT NOT NULL, token_id TEXT,
        endpoint TEXT NOT NULL, model TEXT NOT NULL, stream INTEGER NOT NULL, outcome TEXT NOT NULL,
        failed INTEGER NOT NULL, status INTEGER NOT NULL, latency_ms INTEGER NOT NULL, first_byte_ms INTEGER,
        waited_ms INTEGER NOT NULL, charges TEXT NOT NULL, decision TEXT NOT NULL);
    CREATE TABLE usage_hour (
        hour INTEGER NOT NULL, profile TEXT NOT NULL, channel TEXT NOT NULL, model TEXT NOT NULL,
        requests INTEGER NOT NULL, failures INTEGER NOT NULL,
        input INTEGER NOT NULL, cached_input INTEGER NOT NULL, output INTEGER NOT NULL, thinking INTEGER NOT NULL,
        cny INTEGER NOT NULL, estimated INTEGER NOT NULL, breach INTEGER NOT NULL,
        PRIMARY KEY (hour, profile, channel, model)) WITHOUT ROWID;
    CREATE TABLE rollup (
        hour INTEGER PRIMARY KEY, version INTEGER NOT NULL, stale INTEGER NOT NULL, pushed_at INTEGER,
        recorded INTEGER NOT NULL DEFAULT 0, rows TEXT NOT NULL);
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
        subject TEXT NOT NULL, before TEXT, after TEXT);
    CREATE TABLE channel_override (channel TEXT PRIMARY KEY, change TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE stored_channel (
        name TEXT PRIMARY KEY, config TEXT NOT NULL, key_id TEXT, nonce BLOB, sealed BLOB, updated_at INTEGER NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE token (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sha256 BLOB NOT NULL UNIQUE,
        record TEXT NOT NULL);
    CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"];

/// Opens the file of `folder` for writing and brings its schema up to date.
pub(crate) fn open_connection(folder: &Path) -> Result<Connection, LedgerError> {
    let file = folder.join(FILE);
    let opened = Connection::open(&file).and_then(|connection| {
        connection.busy_timeout(Duration::from_secs(5))?;
        // Before the first page is written.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Every commit is on the disk before it is answered: a lease that a power cut takes back would be spent twice.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    });
    let mut connection = opened.map_err(|error| LedgerError::opening(file.clone(), error))?;
    migrate(&mut connection).map_err(|error| match error {
        Migration::Sqlite(error) => LedgerError::opening(file, error),
        Migration::TooNew(found) => LedgerError::SchemaTooNew { found, supported: supported() },
    })?;
    Ok(connection)
}

enum Migration {
    Sqlite(rusqlite::Error),
    TooNew(u32),
}

impl From<rusqlite::Error> for Migration {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn supported() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

fn migrate(connection: &mut Connection) -> Result<(), Migration> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > supported() {
        return Err(Migration::TooNew(found));
    }
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", supported())?;
    Ok(transaction.commit()?)
}
