//! The connections for questions: they see what is committed and never wait for the writer.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::FILE;
use crate::LedgerError;

/// Questions at the same time: one report that takes long leaves room for those that do not.
const CONNECTIONS: usize = 3;

/// A few connections that only read.
#[derive(Clone)]
pub(crate) struct Reader {
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Reader {
    pub(crate) fn open(folder: &Path) -> Result<Self, LedgerError> {
        let idle = (0..CONNECTIONS).map(|_| connect(folder)).collect::<Result<_, _>>()?;
        Ok(Self { idle: Arc::new(Mutex::new(idle)), turns: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    /// Asks on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| LedgerError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let asked = tokio::task::spawn_blocking(move || {
            let connection = lent(&idle).pop().ok_or(LedgerError::Closed)?;
            let answer = question(&connection);
            lent(&idle).push(connection);
            drop(turn);
            answer
        });
        asked.await.map_err(|_| LedgerError::Closed)?
    }
}

fn lent(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(folder: &Path) -> Result<Connection, LedgerError> {
    // Not read-only: a reader of a write-ahead log has to write into its index.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(FILE), flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

impl fmt::Debug for Reader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reader")
    }
}
