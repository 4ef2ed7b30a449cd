//! What can go wrong with the ledger, by what the caller can do about it.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

/// Why the ledger refused or failed. `Clone`, because one failed commit answers everybody who waited for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another process keeps these books: stop it. Two of them would grant the same money twice.
    #[error("another process keeps the books in {} (it holds {}{})", folder.display(), file.display(), holder(*pid))]
    Locked {
        /// The folder of the ledger.
        folder: PathBuf,
        /// The lock file.
        file: PathBuf,
        /// The process that wrote its id into the lock file.
        pid: Option<u32>,
    },
    /// The file was written by a newer version: upgrade this program.
    #[error("the ledger has schema {found}, this program knows schemas up to {supported}: upgrade it")]
    SchemaTooNew {
        /// The schema of the file.
        found: u32,
        /// The newest schema this program knows.
        supported: u32,
    },
    /// The file is not what it must be: restore it, or move it away and start with an empty one.
    #[error("{} is damaged or no ledger: {detail}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// No room left, or the disk takes no writes: nothing was written. Trying again works as soon as there is room.
    #[error("the disk is full: {0}")]
    DiskFull(String),
    /// The request contradicts what is stored, such as another token under the same id: ask for something else.
    #[error("{0}")]
    Conflict(String),
    /// What was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// A sealed key cannot be opened.
    #[error(transparent)]
    Seal(#[from] crate::seal::SealError),
    /// The ledger was closed.
    #[error("the ledger is closed")]
    Closed,
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Database(String),
    /// The file system refused.
    #[error("file system: {0}")]
    Io(String),
}

/// The row was not queued: `max_pending` rows wait for a disk that is slow or full.
///
/// The answer has been given already, so there is nothing to refuse: count it as a lost row. Its money is not lost: it
/// was spent from a durable lease, and while `sums_kept` its tokens and its money stay in the hourly sums, which are
/// written as soon as the disk takes them. What is gone is the record of the single request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests wait to be written; this one's record is lost")]
pub struct Full {
    /// Whether the row is still counted in the sums per hour, profile, channel and model.
    pub sums_kept: bool,
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(", process {pid}")).unwrap_or_default()
}

impl LedgerError {
    /// Whether nothing but room on the disk is missing.
    pub const fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull(_))
    }

    /// [`LedgerError::Damaged`] for errors that mean that `file` cannot be read as a database, anything else as it is.
    pub(crate) fn opening(file: PathBuf, error: rusqlite::Error) -> Self {
        let no_database = [Some(ErrorCode::NotADatabase), Some(ErrorCode::DatabaseCorrupt)];
        if no_database.contains(&error.sqlite_error_code()) {
            return Self::Damaged { file, detail: error.to_string() };
        }
        error.into()
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        if is_disk_full(&error) { Self::DiskFull(error.to_string()) } else { Self::Database(error.to_string()) }
    }
}

impl From<io::Error> for LedgerError {
    fn from(error: io::Error) -> Self {
        let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge)
            || error.kind() == io::ErrorKind::QuotaExceeded;
        if full { Self::DiskFull(error.to_string()) } else { Self::Io(error.to_string()) }
    }
}

/// SQLite says `SQLITE_FULL` for `ENOSPC` only; a quota or a limit on the size of files arrives as a failed write.
fn is_disk_full(error: &rusqlite::Error) -> bool {
    const WRITE: i32 = rusqlite::ffi::SQLITE_IOERR_WRITE;
    const TRUNCATE: i32 = rusqlite::ffi::SQLITE_IOERR_TRUNCATE;
    const SHM_SIZE: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    let Some(found) = error.sqlite_error() else { return false };
    found.code == ErrorCode::DiskFull || [WRITE, TRUNCATE, SHM_SIZE].contains(&found.extended_code)
}
