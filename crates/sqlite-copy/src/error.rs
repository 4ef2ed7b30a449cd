//! What a caller can do about a copy that did not come about.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::{ErrorCode, ffi};

/// Why there is no copy, or why a file is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is no such file.
    #[error("{} is not there", .0.display())]
    Absent(PathBuf),
    /// The file is not what it must be: restore it from another copy.
    #[error("{} is damaged: {detail}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The file belongs to another program: the path is wrong.
    #[error("{} is the database of another program", .0.display())]
    Another(PathBuf),
    /// Somebody writes without a pause: try again.
    #[error("{} is being written to for too long", .0.display())]
    Busy(PathBuf),
    /// No room for the copy: free some.
    #[error("the disk is full while {} is copied", .0.display())]
    DiskFull(PathBuf),
    /// SQLite or the file system refused.
    #[error("{}: {source}", file.display())]
    Failed {
        /// The file.
        file: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl CopyError {
    pub(crate) fn of(file: &Path) -> impl Fn(rusqlite::Error) -> Self {
        let file = file.to_owned();
        move |source| {
            let file = file.clone();
            let extended = source.sqlite_error().map(|error| error.extended_code);
            // A quota or a limit on the size of files arrives as a failed write.
            let full = [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_TRUNCATE, ffi::SQLITE_IOERR_SHMSIZE];
            match source.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Damaged { file, detail: source.to_string() }
                }
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(file),
                Some(ErrorCode::DiskFull) => Self::DiskFull(file),
                _ if extended.is_some_and(|code| full.contains(&code)) => Self::DiskFull(file),
                _ => Self::Failed { file, source },
            }
        }
    }

    pub(crate) fn io(file: &Path) -> impl Fn(io::Error) -> Self {
        let file = file.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull(file.clone())
            }
            io::ErrorKind::NotFound => Self::Absent(file.clone()),
            _ => Self::Io { file: file.clone(), source },
        }
    }
}
