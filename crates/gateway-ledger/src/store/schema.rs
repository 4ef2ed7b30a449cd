//! Tables and their versions.

use std::{fs::OpenOptions, path::Path, time::Duration};

use rusqlite::{Connection, TransactionBehavior};

use crate::LedgerError;

/// The file's name in the ledger's folder.
pub(crate) const FILE: &str = "gateway.sqlite";

const LOG_BYTES: i64 = 16 << 20;
const PAGE_BYTES: i64 = 4_096;

/// Says that a file is a ledger, whatever it is called.
const APPLICATION: i32 = i32::from_be_bytes(*b"TwGL");

/// One per version, in order; a file of version n has had the first n. Money is in nano-yuan, `at` in milliseconds and
/// `hour` in seconds since 1970, both UTC. Names in `request` are numbers of `word`, or themselves; its columns without
/// a type keep which of both they are.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE budget (
        channel TEXT NOT NULL, day TEXT NOT NULL,
        leased INTEGER NOT NULL DEFAULT 0, charged INTEGER NOT NULL DEFAULT 0,
        estimated INTEGER NOT NULL DEFAULT 0, written_off INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (channel, day)) WITHOUT ROWID;
    CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE request (
        seq INTEGER PRIMARY KEY, id NOT NULL UNIQUE, profile NOT NULL, token, endpoint NOT NULL, model NOT NULL,
        outcome NOT NULL, flags INTEGER NOT NULL, status INTEGER NOT NULL, latency_ms INTEGER NOT NULL,
        first_byte_ms INTEGER, waited_ms INTEGER NOT NULL, charges TEXT NOT NULL, attempts TEXT NOT NULL);
    CREATE TABLE usage_hour (
        hour INTEGER NOT NULL, profile TEXT NOT NULL, channel TEXT NOT NULL, model TEXT NOT NULL,
        requests INTEGER NOT NULL, failures INTEGER NOT NULL,
        input INTEGER NOT NULL, cached_input INTEGER NOT NULL, output INTEGER NOT NULL, thinking INTEGER NOT NULL,
        cny INTEGER NOT NULL, estimated INTEGER NOT NULL, breach INTEGER NOT NULL,
        PRIMARY KEY (hour, profile, channel, model)) WITHOUT ROWID;
    CREATE TABLE rollup (
        hour INTEGER PRIMARY KEY, version INTEGER NOT NULL, stale INTEGER NOT NULL, pushed_at INTEGER,
        recorded INTEGER NOT NULL DEFAULT 0, rows TEXT NOT NULL);
    CREATE INDEX rollup_stale ON rollup (hour) WHERE stale;
    CREATE INDEX rollup_waiting ON rollup (hour) WHERE recorded < version;
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

/// Opens the file of `folder` for writing and brings its schema up to date. What is no ledger is left as it is.
pub(crate) fn open_connection(folder: &Path) -> Result<Connection, LedgerError> {
    let file = folder.join(FILE);
    create_private(&file)?;
    let opening = |error| LedgerError::opening(file.clone(), error);
    let mut connection = Connection::open(&file).map_err(opening)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(opening)?;
    let found = version(&connection).map_err(opening)?;
    match found {
        Version::Ours(version) if version > supported() => {
            return Err(LedgerError::SchemaTooNew { found: version, supported: supported() });
        }
        Version::Ours(_) => {}
        Version::Another => {
            return Err(LedgerError::Damaged { file, detail: "it is the database of another program".to_owned() });
        }
    }
    set_up(&mut connection).map_err(opening)?;
    Ok(connection)
}

/// Only this user reads the file: it holds what everybody asked for and spent. SQLite gives its log the same rights.
fn create_private(file: &Path) -> Result<(), LedgerError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?;
    Ok(())
}

enum Version {
    Ours(u32),
    Another,
}

fn version(connection: &Connection) -> rusqlite::Result<Version> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i32>(0));
    let application = number("PRAGMA application_id")?;
    let version = u32::try_from(number("PRAGMA user_version")?).unwrap_or(u32::MAX);
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    Ok(match application {
        APPLICATION => Version::Ours(version),
        0 if is_empty && version == 0 => Version::Ours(0),
        _ => Version::Another,
    })
}

fn set_up(connection: &mut Connection) -> rusqlite::Result<()> {
    // Before the first page is written.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Every commit is on the disk before it is answered: a lease that a power cut takes back would be spent twice.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    // Folding the log into the file waits for the disk twice: not oftener than once a second under the heaviest load.
    connection.pragma_update(None, "wal_autocheckpoint", LOG_BYTES / PAGE_BYTES)?;
    connection.set_prepared_statement_cache_capacity(64);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", supported())?;
    transaction.commit()
}

fn supported() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_on_the_disk_before_it_is_answered() {
        let folder = tempfile::TempDir::new().unwrap();
        let connection = open_connection(folder.path()).unwrap();
        let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        // No test can cut the power: 2 is FULL.
        assert_eq!((synchronous, journal.as_str()), (2, "wal"));
    }
}
