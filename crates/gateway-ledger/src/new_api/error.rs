//! Why a file cannot be imported.

use std::path::PathBuf;

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum NewApiError {
    /// It cannot be read or copied.
    #[error("{}: {detail}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        detail: String,
    },
    /// It is a database, but not New-API's.
    #[error("{} is no New-API database: {detail}", file.display())]
    NotNewApi {
        /// The file.
        file: PathBuf,
        /// What is missing.
        detail: String,
    },
}
