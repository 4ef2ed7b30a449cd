//! Copies.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

use crate::{CopyError, Owner};

/// How long a writer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Copies `from` to `to`, which must not be there, as it is at one moment; writers go on meanwhile. Durable when it returns, and
/// only its owner may read it. Nothing stays of a copy that fails.
///
/// # Errors
/// [`CopyError`].
pub fn copy(from: &Path, to: &Path, owner: Owner) -> Result<(), CopyError> {
    copy_while_still(from, to, owner, |_| ())
}

/// As [`copy`], and asks `meanwhile` while nobody can write to `from`: what it learns about another store belongs to the copied
/// moment. Writers wait so long.
///
/// # Errors
/// [`CopyError`].
pub fn copy_while_still<T>(
    from: &Path,
    to: &Path,
    owner: Owner,
    meanwhile: impl FnOnce(Still) -> T,
) -> Result<T, CopyError> {
    fs::metadata(from).map_err(CopyError::io(from))?;
    let failed = CopyError::of(from);
    let source = open(from)?;
    if !owner.signed(&source).map_err(&failed)? {
        return Err(CopyError::Another(from.to_owned()));
    }
    // It keeps writers out; the copy is a reader, and sees what was committed before.
    let lock = open(from)?;
    lock.execute_batch("BEGIN IMMEDIATE").map_err(&failed)?;
    let known = meanwhile(Still(()));
    // One read transaction, which begins before writers go on and lasts until the last page is read.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").map_err(&failed)?;
    lock.execute_batch("ROLLBACK").map_err(&failed)?;
    let copied = write(&source, to);
    if copied.is_err() {
        let _ = fs::remove_file(to);
    }
    copied?;
    Ok(known)
}

/// Nobody can write to the file.
#[derive(Debug)]
pub struct Still(());

fn open(file: &Path) -> Result<Connection, CopyError> {
    // Not read-only: a reader of a write-ahead log has to write into its index.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = CopyError::of(file);
    let connection = Connection::open_with_flags(file, flags).map_err(&failed)?;
    connection.busy_timeout(PATIENCE).map_err(&failed)?;
    // Closing the last connection would fold the log into a file that is not ours.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(&failed)?;
    Ok(connection)
}

fn write(source: &Connection, to: &Path) -> Result<(), CopyError> {
    let io = CopyError::io(to);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(&io)?;
    let failed = CopyError::of(to);
    let mut target = Connection::open(to).map_err(&failed)?;
    // A half-written copy is thrown away: it needs neither a journal nor a flush of its own.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").map_err(&failed)?;
    let backup = Backup::new(source, &mut target).map_err(&failed)?;
    match backup.step(-1).map_err(&failed)? {
        StepResult::Done => {}
        _ => return Err(CopyError::Busy(to.to_owned())),
    }
    drop(backup);
    target.close().map_err(|(_, error)| failed(error))?;
    let file = File::open(to).map_err(&io)?;
    file.sync_all().map_err(&io)?;
    match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder).and_then(|folder| folder.sync_all()).map_err(&io),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
