//! A thread that is handed its work piece by piece, so that DuckDB compresses while the next rows are prepared.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{Scope, ScopedJoinHandle},
};

use duckdb::{Connection, arrow::array::RecordBatch};

use crate::{WarehouseError, base::RowGroups, logical::Sum, row_hash::RowHash, schema};

/// The sending end of a thread's work. What it did counts once [`Worker::finish`] says so.
#[derive(Debug)]
pub(super) struct Worker<'scope, M, R> {
    sender: SyncSender<Message<M>>,
    thread: Option<ScopedJoinHandle<'scope, Result<R, WarehouseError>>>,
}

enum Message<M> {
    Work(M),
    Finish,
}

/// The receiving end.
#[derive(Debug)]
pub(super) struct Inbox<M> {
    receiver: Receiver<Message<M>>,
}

impl<M> Inbox<M> {
    /// Does `each` of the pieces; returns whether there will be no more because all are there, and not because the other
    /// side gave up.
    pub(super) fn drain(&self, mut each: impl FnMut(M) -> Result<(), WarehouseError>) -> Result<bool, WarehouseError> {
        for message in &self.receiver {
            match message {
                Message::Work(piece) => each(piece)?,
                Message::Finish => return Ok(true),
            }
        }
        Ok(false)
    }
}

impl<'scope, M: Send + 'scope, R: Send + 'scope> Worker<'scope, M, R> {
    /// Starts a thread that does `work`; so many pieces may wait for it.
    pub(super) fn start(
        scope: &'scope Scope<'scope, '_>,
        waiting: usize,
        work: impl FnOnce(&Inbox<M>) -> Result<R, WarehouseError> + Send + 'scope,
    ) -> Self {
        let (sender, receiver) = sync_channel(waiting);
        let thread = scope.spawn(move || work(&Inbox { receiver }));
        Self { sender, thread: Some(thread) }
    }

    /// Hands a piece over; waits while the thread is behind.
    pub(super) fn push(&mut self, piece: M) -> Result<(), WarehouseError> {
        self.send(Message::Work(piece))
    }

    /// Waits until everything is done.
    pub(super) fn finish(mut self) -> Result<R, WarehouseError> {
        self.send(Message::Finish)?;
        self.outcome()
    }

    fn send(&mut self, message: Message<M>) -> Result<(), WarehouseError> {
        if self.sender.send(message).is_ok() {
            return Ok(());
        }
        // The thread has ended before it was told to: it says why.
        self.outcome()?;
        Err(WarehouseError::Other("a writing thread ended early".to_owned()))
    }

    fn outcome(&mut self) -> Result<R, WarehouseError> {
        let joined = self.thread.take().and_then(|thread| thread.join().ok());
        joined.unwrap_or_else(|| Err(WarehouseError::Other("a writing thread failed".to_owned())))
    }
}

/// A thread that fills one table.
pub(super) type Sink<'scope> = Worker<'scope, RecordBatch, u64>;

/// So many record batches may wait for a table's thread: about a row group of them, so that compressing one holds nobody up.
const WAITING: usize = 48;

/// Starts a thread that appends to `catalog.table` through `conn`, in one transaction: full row groups then go to the file
/// at once, compressed, instead of to the log and then again. Finishing commits and gives the number of rows.
pub(super) fn sink<'scope>(
    scope: &'scope Scope<'scope, '_>,
    conn: Connection,
    catalog: &'static str,
    table: &'static str,
) -> Sink<'scope> {
    Worker::start(scope, WAITING, move |inbox| {
        let transaction = conn.unchecked_transaction()?;
        let mut groups = RowGroups::new(&conn, catalog, table);
        if !inbox.drain(|batch| groups.push(batch))? {
            // Dropping the transaction rolls it back.
            return Ok(0);
        }
        let rows = groups.finish()?;
        transaction.commit()?;
        Ok(rows)
    })
}

/// A thread that fills one table of business rows, and another that adds up their hashes.
#[derive(Debug)]
pub(super) struct HashedSink<'scope> {
    sink: Sink<'scope>,
    hash: Worker<'scope, RecordBatch, Sum>,
}

/// [`sink`] for a table that the logical hash covers. The main database of `conn` has the table too.
pub(super) fn hashed_sink<'scope>(
    scope: &'scope Scope<'scope, '_>,
    conn: Connection,
    catalog: &'static str,
    table: &'static str,
) -> Result<HashedSink<'scope>, WarehouseError> {
    let described =
        schema::table(table).ok_or_else(|| WarehouseError::Other(format!("table {table} is not described")))?;
    let mut hash = RowHash::new(&conn, described)?;
    let hash = Worker::start(scope, WAITING, move |inbox| {
        inbox.drain(|batch| hash.add(&batch))?;
        Ok(hash.sum())
    });
    Ok(HashedSink { sink: sink(scope, conn, catalog, table), hash })
}

impl HashedSink<'_> {
    /// Hands rows over; waits while one of the threads is behind.
    pub(super) fn push(&mut self, batch: RecordBatch) -> Result<(), WarehouseError> {
        self.hash.push(batch.clone())?;
        self.sink.push(batch)
    }

    /// Waits until everything is committed and returns number and hash of the rows.
    pub(super) fn finish(self) -> Result<Sum, WarehouseError> {
        let sum = self.hash.finish()?;
        let rows = self.sink.finish()?;
        if rows == sum.rows {
            Ok(sum)
        } else {
            Err(WarehouseError::Other(format!("{rows} of {} rows written", sum.rows)))
        }
    }
}
