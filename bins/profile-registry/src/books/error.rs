//! What can go wrong with the books.

use std::path::PathBuf;

/// An error of the books, by what a caller does about it.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The disk is full: nothing was written; ask again when there is room.
    #[error("the registry's books cannot be written: the disk is full")]
    DiskFull(#[source] rusqlite::Error),
    /// The file is no registry's, or was written by a newer version.
    #[error("{} cannot be used as the registry's books: {problem}", .file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// Something that must be unique is there already; the table and column.
    #[error("{0} is taken")]
    Taken(String),
    /// Anything else.
    #[error("the registry's books failed")]
    Failed(#[source] rusqlite::Error),
    /// The task that worked on them died.
    #[error("work on the registry's books was broken off")]
    BrokenOff,
}

impl From<rusqlite::Error> for BooksError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{ErrorCode, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

        let rusqlite::Error::SqliteFailure(code, message) = &error else { return Self::Failed(error) };
        match (code.code, code.extended_code) {
            (ErrorCode::DiskFull, _) => Self::DiskFull(error),
            (_, SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE) => {
                let message = message.as_deref().unwrap_or_default();
                Self::Taken(message.rsplit(": ").next().unwrap_or_default().to_owned())
            }
            _ => Self::Failed(error),
        }
    }
}
