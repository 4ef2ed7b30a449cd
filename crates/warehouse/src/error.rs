//! What can go wrong with a warehouse, by what the caller can do about it.

use std::{io, path::PathBuf};

/// Why the warehouse refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WarehouseError {
    /// Another process holds the writer's lock: stop it, or wait.
    #[error("another process is writing to this warehouse (it holds {})", file.display())]
    Locked {
        /// The lock file.
        file: PathBuf,
    },
    /// The files were written by a newer version: upgrade this program.
    #[error("the warehouse has schema {found}, this program knows schemas up to {supported}: upgrade it")]
    SchemaTooNew {
        /// The schema of the files.
        found: u32,
        /// The newest schema this program knows.
        supported: u32,
    },
    /// A file is not what it must be: restore or rebuild it.
    #[error("{} is damaged: {detail}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// No room left: free some and try again. Nothing that was acknowledged is lost.
    #[error("the disk is full: {0}")]
    DiskFull(String),
    /// Nothing has been published yet: ask again later.
    #[error("no generation has been published yet")]
    NoGeneration,
    /// Needs something that is not there right now: ask again later.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A query was stopped at the reader's time limit: ask for less.
    #[error("the query was stopped after {after_ms} ms")]
    TimedOut {
        /// The limit.
        after_ms: u64,
    },
    /// The caller's batch contradicts itself, for example a row that names a response it does not hold.
    #[error("the batch is malformed: {0}")]
    BadBatch(String),
    /// DuckDB refused. Trying again may help.
    #[error("DuckDB: {0}")]
    Database(#[source] duckdb::Error),
    /// The file system refused.
    #[error("file system: {0}")]
    Io(#[source] io::Error),
    /// Anything else; a bug if it happens.
    #[error("{0}")]
    Other(String),
}

impl WarehouseError {
    /// [`WarehouseError::Damaged`] for errors that mean that `file` cannot be read as a database, anything else as it is.
    pub(crate) fn opening(file: PathBuf, error: duckdb::Error) -> Self {
        match Self::from(error) {
            Self::Database(error) => Self::Damaged { file, detail: error.to_string() },
            other => other,
        }
    }
}

impl From<duckdb::Error> for WarehouseError {
    fn from(error: duckdb::Error) -> Self {
        let text = error.to_string();
        if says_disk_full(&text) { Self::DiskFull(text) } else { Self::Database(error) }
    }
}

impl From<io::Error> for WarehouseError {
    fn from(error: io::Error) -> Self {
        let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge)
            || error.kind() == io::ErrorKind::QuotaExceeded;
        if full { Self::DiskFull(error.to_string()) } else { Self::Io(error) }
    }
}

/// DuckDB reports `errno` only as text.
fn says_disk_full(text: &str) -> bool {
    ["No space left", "Could not write", "File too large", "Disk quota exceeded", "Out of disk space"]
        .iter()
        .any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_whoever_reports_it() {
        for errno in [27, 28, 122] {
            let error = WarehouseError::from(io::Error::from_raw_os_error(errno));
            assert!(matches!(error, WarehouseError::DiskFull(_)), "{errno}: {error:?}");
        }
        let not_found = WarehouseError::from(io::Error::from(io::ErrorKind::NotFound));
        assert!(matches!(not_found, WarehouseError::Io(_)));
    }
}
