//! The handle that everybody holds.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::{LedgerStats, Recovery, recovery};
use crate::{
    Full, LedgerError, LedgerOptions, RequestRow,
    store::{Command, FolderLock, Pending, Reader, Writer, open_connection},
};

/// The books. A cheap clone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    pending: Arc<Pending>,
    reader: Reader,
    options: LedgerOptions,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// Opens or creates `gateway.sqlite` in `folder`, takes its lock, and settles what a crash left behind. Blocks.
    ///
    /// # Errors
    /// `Locked`, `SchemaTooNew`, `Damaged`, `DiskFull`, `Io`, `Database`.
    pub fn open(folder: &Path, options: LedgerOptions, now: DateTime<Utc>) -> Result<(Self, Recovery), LedgerError> {
        create_private(folder)?;
        let lock = FolderLock::take(folder)?;
        let mut connection = open_connection(folder)?;
        let recovery = recovery::recover(&mut connection, now)?;
        let reader = Reader::open(folder)?;
        let pending = Arc::new(Pending::default());
        let group_commit = Duration::from_millis(u64::from(options.group_commit_ms));
        let writer = Writer::new(connection, Arc::clone(&pending), group_commit)?;
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.run(lock))?;
        let inner = Inner { pending, reader, options, writer: Mutex::new(Some(thread)) };
        Ok((Self { inner: Arc::new(inner) }, recovery))
    }

    /// Queues a row to be written within `group_commit_ms`. Never blocks, about a microsecond.
    ///
    /// # Errors
    /// [`Full`]: as many rows as memory allows wait for the disk.
    pub fn record(&self, row: RequestRow) -> Result<(), Full> {
        self.inner.pending.record(row, self.inner.options.max_pending)
    }

    /// Waits until everything that was recorded before is durable.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn flush(&self) -> Result<(), LedgerError> {
        let (answer, answered) = oneshot::channel();
        self.inner.pending.command(Command::Flush(answer)).map_err(|_| LedgerError::Closed)?;
        answered.await.map_err(|_| LedgerError::Closed)?
    }

    /// Writes what waits, folds the write-ahead log into the file and lets go of the lock. Other clones get `Closed`.
    ///
    /// # Errors
    /// As [`Ledger::flush`]; the ledger is closed all the same.
    pub async fn close(self) -> Result<(), LedgerError> {
        let flushed = self.flush().await;
        self.inner.pending.close();
        let thread = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            tokio::task::spawn_blocking(move || thread.join()).await.map_err(|_| LedgerError::Closed)?.ok();
        }
        flushed
    }

    /// How it is doing. Cheap.
    pub fn stats(&self) -> LedgerStats {
        self.inner.pending.stats()
    }

    pub(super) fn options(&self) -> LedgerOptions {
        self.inner.options
    }

    /// Does something in a transaction of its own: on disk when it answers. All or nothing.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.outside_of_transactions(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }

    /// Does something that must not stand in a transaction.
    pub(super) async fn outside_of_transactions<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (answer, answered) = oneshot::channel();
        let change = Box::new(move |connection: &mut Connection| {
            let changed = change(connection);
            let worked = changed.is_ok();
            // Nobody waits any more: it is done all the same.
            let _ = answer.send(changed);
            worked
        });
        self.inner.pending.command(Command::Change(change)).map_err(|_| LedgerError::Closed)?;
        answered.await.map_err(|_| LedgerError::Closed)?
    }

    /// Asks what is committed.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.inner.reader.ask(question).await
    }
}

/// A folder that only this user reads, and that is still there after a power cut. One that is there keeps its rights.
fn create_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pending.close();
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Ledger").field("options", &self.inner.options).finish_non_exhaustive()
    }
}
