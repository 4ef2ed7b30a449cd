//! The handle that everybody holds.

use std::{
    fmt, fs,
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
    store::{FolderLock, Pending, Reader, Writer, open_connection},
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
        fs::create_dir_all(folder)?;
        let lock = FolderLock::take(folder)?;
        let mut connection = open_connection(folder)?;
        let recovery = recovery::recover(&mut connection, now)?;
        let reader = Reader::open(folder)?;
        let pending = Arc::new(Pending::default());
        let writer = Writer {
            connection,
            pending: Arc::clone(&pending),
            group_commit: Duration::from_millis(u64::from(options.group_commit_ms)),
            lock,
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.run())?;
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
        self.send(|_, written| written).await
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
        self.send(|connection, _| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }

    /// Runs a statement that must not stand in a transaction.
    pub(super) async fn outside_of_transactions(&self, statement: &'static str) -> Result<(), LedgerError> {
        self.send(move |connection, _| Ok(connection.execute_batch(statement)?)).await
    }

    /// Asks what is committed.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.inner.reader.ask(question).await
    }

    async fn send<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection, Result<(), LedgerError>) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (answer, answered) = oneshot::channel();
        let command = Box::new(move |connection: &mut Connection, written: Result<(), LedgerError>| {
            // Nobody waits any more: it is done all the same.
            let _ = answer.send(work(connection, written));
        });
        self.inner.pending.command(command).map_err(|_| LedgerError::Closed)?;
        answered.await.map_err(|_| LedgerError::Closed)?
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
