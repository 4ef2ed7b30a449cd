//! Tables and their versions.

use std::{fs::OpenOptions, path::Path, time::Duration};

use rusqlite::{Connection, TransactionBehavior};

use super::BooksError;

/// The file's name in the registry's folder.
pub(super) const FILE: &str = "registry.sqlite";

/// Says that a file is a registry's, whatever it is called.
const APPLICATION: i32 = i32::from_be_bytes(*b"TwPR");

/// One per version, in order; a file of version n has had the first n. Times are milliseconds since 1970, UTC; money is
/// in fen.
const MIGRATIONS: &[&str] = &["
    -- Who may speak for an owner or a host: digests of tokens.
    CREATE TABLE credential (
        sha256 BLOB PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('owner', 'host')), subject TEXT NOT NULL,
        created_at INTEGER NOT NULL, revoked_at INTEGER) WITHOUT ROWID;
    CREATE INDEX credential_subject ON credential (kind, subject);
    -- A machine that serves profiles; its age recipient is what secrets are sealed to.
    CREATE TABLE host (
        name TEXT PRIMARY KEY, recipient TEXT NOT NULL, created_at INTEGER NOT NULL, seen_at INTEGER) WITHOUT ROWID;
    -- Claims, transfers and logins that wait for somebody's proof. `poll` is the digest of what the asker polls with.
    CREATE TABLE operation (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('claim', 'transfer', 'login')),
        profile TEXT, from_owner TEXT, to_owner TEXT, from_proved_at INTEGER, to_proved_at INTEGER,
        state TEXT NOT NULL CHECK (state IN ('open', 'proved', 'done', 'refused')), reason TEXT, poll BLOB NOT NULL,
        created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended_at INTEGER) WITHOUT ROWID;
    CREATE INDEX operation_open ON operation (profile) WHERE state IN ('open', 'proved');
    -- A proof is taken once.
    CREATE TABLE used_proof (sha256 BLOB PRIMARY KEY, operation TEXT NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID;
    -- One row per order number, from before the payment until the profile lives.
    CREATE TABLE orders (
        out_trade_no TEXT PRIMARY KEY, product TEXT NOT NULL, amount_fen INTEGER NOT NULL,
        state TEXT NOT NULL, transaction_id TEXT UNIQUE, payer TEXT, profile TEXT,
        parked_why TEXT, retry_at INTEGER, attempts INTEGER NOT NULL DEFAULT 0, commit_id TEXT,
        created_at INTEGER NOT NULL, paid_at INTEGER, changed_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX orders_unfinished ON orders (retry_at) WHERE state NOT IN ('expected', 'alive', 'quarantined');
    -- One profile per payer and product; what is paid extends it.
    CREATE TABLE subscription (
        payer TEXT NOT NULL, product TEXT NOT NULL, profile TEXT NOT NULL UNIQUE, host TEXT, paid_until INTEGER NOT NULL,
        state TEXT NOT NULL, PRIMARY KEY (payer, product)) WITHOUT ROWID;
    -- What an order paid for, so that a refund takes back exactly that.
    CREATE TABLE extension (
        out_trade_no TEXT PRIMARY KEY, payer TEXT NOT NULL, product TEXT NOT NULL, months INTEGER NOT NULL,
        refunded_at INTEGER) WITHOUT ROWID;
    -- Values, sealed with age to the hosts that need them and to the recovery recipient.
    CREATE TABLE secret (
        owner TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, sealed BLOB NOT NULL,
        fingerprint TEXT NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER,
        PRIMARY KEY (owner, name, version)) WITHOUT ROWID;
    CREATE UNIQUE INDEX secret_fingerprint ON secret (fingerprint) WHERE retired_at IS NULL;
    -- Secrets that somebody else made and that wait for a profile.
    CREATE TABLE pool (
        pool TEXT NOT NULL, fingerprint TEXT NOT NULL UNIQUE, sealed BLOB NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('free', 'reserved', 'bound', 'cooling')), holder TEXT,
        changed_at INTEGER NOT NULL, PRIMARY KEY (pool, fingerprint)) WITHOUT ROWID;
    CREATE INDEX pool_free ON pool (pool, changed_at) WHERE state = 'free';
    -- What was delivered to which host.
    CREATE TABLE delivery (
        profile TEXT NOT NULL, host TEXT NOT NULL, fingerprint TEXT NOT NULL, delivered_at INTEGER NOT NULL,
        PRIMARY KEY (profile, host)) WITHOUT ROWID;
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
        detail TEXT);
", "
    -- What the buyer chose for the template's placeholders, as a JSON object of texts.
    ALTER TABLE orders ADD COLUMN given TEXT NOT NULL DEFAULT '{}';
    -- The scheduled jobs that a refund switched off, as a JSON list of their ids, so that a new payment brings back these.
    ALTER TABLE subscription ADD COLUMN paused_jobs TEXT;
    -- Money that went back; of an order it may go in parts.
    CREATE TABLE refund (
        refund_id TEXT PRIMARY KEY, out_trade_no TEXT NOT NULL, amount_fen INTEGER NOT NULL, at INTEGER NOT NULL)
        WITHOUT ROWID;
    CREATE INDEX refund_order ON refund (out_trade_no);
    CREATE INDEX orders_profile ON orders (profile) WHERE profile IS NOT NULL;
", "
    -- When the suspension of a profile is tried again, and how often it was tried in vain.
    ALTER TABLE subscription ADD COLUMN retry_at INTEGER;
    ALTER TABLE subscription ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX subscription_lapse ON subscription (state, paid_until);
    -- When the payment service is asked next whether the order was paid, how often it was, and whether that is over.
    ALTER TABLE orders ADD COLUMN ask_at INTEGER;
    ALTER TABLE orders ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE orders ADD COLUMN ask_no_more INTEGER NOT NULL DEFAULT 0;
    -- What people have to be told: until it was taken, and then for as long as the same is not told again.
    CREATE TABLE alert (
        about TEXT PRIMARY KEY, text TEXT NOT NULL, at INTEGER NOT NULL, quiet_until INTEGER NOT NULL,
        is_pending INTEGER NOT NULL, retry_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, over_at INTEGER)
        WITHOUT ROWID;
    CREATE INDEX alert_pending ON alert (retry_at) WHERE is_pending;
", "
    -- What was done to one thing, of all that was ever done.
    CREATE INDEX audit_subject ON audit (subject, seq);
"];

/// Opens the file of `folder` and brings its schema up to date. What is no registry's is left as it is.
pub(super) fn open(folder: &Path) -> Result<Connection, BooksError> {
    let file = folder.join(FILE);
    let unusable = |problem: String| BooksError::Unusable { file: file.clone(), problem };
    create_private(&file).map_err(|error| unusable(error.to_string()))?;
    let mut connection = Connection::open(&file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let found = version(&connection).map_err(|error| unusable(error.to_string()))?;
    match found {
        (0, 0) => {
            let empty: bool =
                connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
            if !empty {
                return Err(unusable("it is a database of something else".to_owned()));
            }
        }
        (APPLICATION, version) if version <= MIGRATIONS.len() => {}
        (APPLICATION, version) => {
            let known = MIGRATIONS.len();
            return Err(unusable(format!("it has version {version}, and this program knows {known} at most")));
        }
        _ => return Err(unusable("it is a database of something else".to_owned())),
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (_, done) = version(&transaction)?;
    for (index, step) in MIGRATIONS.iter().enumerate().skip(done) {
        transaction.execute_batch(step)?;
        let version = i64::try_from(index + 1).unwrap_or(i64::MAX);
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.commit()?;
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<(i32, usize)> {
    let application = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((application, usize::try_from(version).unwrap_or(usize::MAX)))
}

/// Only the owner of the process reads it: it holds sealed secrets and digests of tokens.
fn create_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;

    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_every_earlier_version_is_brought_up_to_date_with_all_that_is_in_it() {
        for done in 1..MIGRATIONS.len() {
            let folder = tempfile::tempdir().unwrap();
            let old = Connection::open(folder.path().join(FILE)).unwrap();
            MIGRATIONS[..done].iter().for_each(|step| old.execute_batch(step).unwrap());
            old.pragma_update(None, "application_id", APPLICATION).unwrap();
            old.pragma_update(None, "user_version", i64::try_from(done).unwrap()).unwrap();
            old.execute_batch(
                "INSERT INTO orders (out_trade_no, product, amount_fen, state, created_at, changed_at)
                     VALUES ('TW2026-0001', 'stock', 9900, 'expected', 1, 2);
                 INSERT INTO subscription (payer, product, profile, paid_until, state)
                     VALUES ('tg:1', 'stock', 'alice', 3, 'live');",
            )
            .unwrap();
            drop(old);
            for _ in 0..2 {
                let new = open(folder.path()).unwrap();
                assert_eq!(version(&new).unwrap(), (APPLICATION, MIGRATIONS.len()));
                let sql = "SELECT count(*) FROM orders, subscription
                           WHERE given = '{}' AND ask_at IS NULL AND asked = 0 AND NOT ask_no_more AND amount_fen = 9900
                           AND paused_jobs IS NULL AND subscription.retry_at IS NULL AND subscription.attempts = 0";
                assert_eq!(new.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 1, "from version {done}");
                assert_eq!(new.query_row("SELECT count(*) FROM alert", [], |row| row.get::<_, i64>(0)).unwrap(), 0);
            }
        }
    }
}
