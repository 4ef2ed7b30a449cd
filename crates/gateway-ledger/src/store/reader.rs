//! The connection for questions: they see what is committed and never wait for the writer.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::FILE;
use crate::LedgerError;

/// A connection that only reads; one question at a time.
#[derive(Clone)]
pub(crate) struct Reader {
    connection: Arc<Mutex<Connection>>,
}

impl Reader {
    pub(crate) fn open(folder: &Path) -> Result<Self, LedgerError> {
        // Not read-only: a reader of a write-ahead log has to write into its index.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(FILE), flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Asks on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let connection = Arc::clone(&self.connection);
        let asked =
            tokio::task::spawn_blocking(move || question(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
        asked.await.map_err(|_| LedgerError::Closed)?
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reader")
    }
}
