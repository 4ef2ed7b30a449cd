//! The one thread that writes.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::{
    FolderLock, Pending, Sums,
    pending::{Command, Hands},
    rows::RowWriter,
};
use crate::{LedgerError, RequestRow};

/// Rows of one transaction. A lease waits for one at most, about 15 ms, however many rows wait behind it.
const GROUP_ROWS: usize = 2_000;

/// Writes rows in groups and commands between them, until it is closed.
pub(crate) struct Writer {
    connection: Connection,
    pending: Arc<Pending>,
    group_commit: Duration,
    rows: RowWriter,
    /// Taken and not yet written, oldest first.
    backlog: VecDeque<Box<RequestRow>>,
    /// How many rows were taken and written since the start.
    taken: u64,
    written: u64,
    /// Whoever waits until so many rows are written.
    flushes: Vec<(u64, oneshot::Sender<Result<(), LedgerError>>)>,
    /// Whether the last group could not be written.
    stuck: bool,
    /// Whether the file's log ends with rows that a power cut may take.
    unsynced: bool,
}

/// Whether a group is flushed to the disk itself before it counts as written.
///
/// Rows need not be: what they spend stands in a lease that is, so what a power cut takes of them is written off at the
/// next start, as after a kill. Waiting for the disk after every group let a slow disk hold requests up, which have to
/// wait when too many rows do. The next lease flushes them with itself: the log has one order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flushed {
    Now,
    Later,
}

impl Writer {
    pub(crate) fn new(
        connection: Connection,
        pending: Arc<Pending>,
        group_commit: Duration,
    ) -> Result<Self, LedgerError> {
        let rows = RowWriter::open(&connection)?;
        let (backlog, flushes) = (VecDeque::new(), Vec::new());
        Ok(Self {
            connection,
            pending,
            group_commit,
            rows,
            backlog,
            taken: 0,
            written: 0,
            flushes,
            stuck: false,
            unsynced: false,
        })
    }

    /// Runs until the ledger is closed and everything that could be written is. Lets go of the lock at the very end.
    pub(crate) fn run(mut self, lock: FolderLock) {
        let end = End(Arc::clone(&self.pending));
        while self.turn() {}
        // Folds the log into the file. If that fails the log stays, and is read at the next start.
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "the ledger's write-ahead log was not folded into its file");
        }
        drop(self);
        drop(lock);
        drop(end);
    }

    /// Takes what there is, does it; whether to go on.
    fn turn(&mut self) -> bool {
        let hands = match (self.stuck, self.backlog.is_empty()) {
            (true, _) => Hands::Stuck,
            (false, true) => Hands::Empty,
            (false, false) => Hands::Full,
        };
        let work = self.pending.take(hands, self.group_commit);
        self.taken += u64::try_from(work.rows.len()).unwrap_or_default();
        self.backlog.extend(work.rows);
        // While the disk is full a lease may still find room where a group of rows does not: it is tried by itself, and
        // the rows after it only if it did.
        let mut write = !self.stuck || work.undisturbed || work.closing;
        for command in work.commands {
            match command {
                Command::Change(change) => write |= change(&mut self.connection),
                Command::Flush(answer) => {
                    self.flushes.push((self.taken, answer));
                    write = true;
                }
            }
        }
        if write {
            self.write_group(work.kept);
        } else {
            self.pending.not_written(work.kept, None);
        }
        if work.closing && self.stuck {
            let rows = self.backlog.len();
            tracing::error!(rows, "the ledger is closed on a disk that takes no writes: the last requests are lost");
        }
        !work.closing || !(self.stuck || self.backlog.is_empty())
    }

    fn write_group(&mut self, kept: Sums) {
        let count = self.backlog.len().min(GROUP_ROWS);
        let flushed = if self.flushes.is_empty() { Flushed::Later } else { Flushed::Now };
        let mut done = Ok(());
        if count > 0 || !kept.is_empty() {
            let group = self.backlog.iter().take(count);
            match write(&mut self.connection, &mut self.rows, group, &kept, flushed) {
                Ok(repeated) => {
                    self.unsynced = flushed == Flushed::Later;
                    self.rows.words.committed();
                    self.backlog.drain(..count);
                    self.written += count as u64;
                    self.pending.written(count, repeated);
                    if self.stuck {
                        tracing::info!("the ledger's disk takes writes again");
                    }
                }
                Err(error) => {
                    self.rows.words.rolled_back();
                    let error = LedgerError::from(error);
                    if !self.stuck {
                        let rows = self.backlog.len();
                        tracing::error!(%error, rows, "requests could not be written down; they are kept and tried again");
                    }
                    self.pending.not_written(kept, Some(error.to_string()));
                    done = Err(error);
                }
            }
            self.stuck = done.is_err();
        }
        if flushed == Flushed::Now && self.unsynced && done.is_ok() {
            done = sync(&self.connection).map_err(LedgerError::from);
            self.unsynced = done.is_err();
        }
        let written = self.written;
        let answered = self.flushes.extract_if(.., |(until, _)| done.is_err() || *until <= written);
        for (_, answer) in answered {
            // Nobody waits any more: it is done all the same.
            let _ = answer.send(done.clone());
        }
        if self.backlog.is_empty() && self.backlog.capacity() > 4 * GROUP_ROWS {
            self.backlog = VecDeque::new();
        }
    }
}

/// One transaction for all. Returns how many rows were there already.
fn write<'a>(
    connection: &mut Connection,
    writer: &mut RowWriter,
    rows: impl Iterator<Item = &'a Box<RequestRow>>,
    kept: &Sums,
    flushed: Flushed,
) -> rusqlite::Result<u64> {
    if flushed == Flushed::Later {
        synchronous(connection, "NORMAL")?;
    }
    let written = write_all(connection, writer, rows, kept);
    if flushed == Flushed::Later {
        // Whatever is written next may be a lease.
        synchronous(connection, "FULL")?;
    }
    written
}

fn synchronous(connection: &Connection, level: &str) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", level)
}

/// Flushes what the log holds to the disk.
fn sync(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

fn write_all<'a>(
    connection: &mut Connection,
    writer: &mut RowWriter,
    rows: impl Iterator<Item = &'a Box<RequestRow>>,
    kept: &Sums,
) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut sums = Sums::default();
    let mut repeated = 0;
    for row in rows {
        if writer.insert(&transaction, row)? {
            sums.add(row);
        } else {
            repeated += 1;
        }
    }
    sums.write(&transaction)?;
    kept.write(&transaction)?;
    transaction.commit()?;
    Ok(repeated)
}

/// Says that nobody writes any more, also when the thread dies of a panic.
struct End(Arc<Pending>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;
    use tempfile::TempDir;

    use super::*;
    use crate::store::open_connection;

    fn row(n: usize) -> RequestRow {
        RequestRow {
            id: Arc::from(format!("{n:016x}")),
            at: "2026-11-23T04:00:00Z".parse().unwrap(),
            profile: Arc::from("alice"),
            token_id: None,
            endpoint: "embeddings".into(),
            model: Arc::from("m"),
            stream: false,
            outcome: "ok".into(),
            failed: false,
            status: 200,
            latency_ms: 1,
            first_byte_ms: None,
            waited_ms: 0,
            charges: Vec::new(),
            decision: Vec::new(),
        }
    }

    #[test]
    fn a_lease_goes_ahead_of_rows_and_a_flush_behind_those_that_were_there() {
        let folder = TempDir::new().unwrap();
        let pending = Arc::new(Pending::default());
        let connection = open_connection(folder.path()).unwrap();
        let mut writer = Writer::new(connection, Arc::clone(&pending), Duration::ZERO).unwrap();
        let record = |range: std::ops::Range<usize>| range.for_each(|n| pending.record(row(n), usize::MAX).unwrap());
        let rows_seen = |seen: oneshot::Sender<i64>| {
            Command::Change(Box::new(move |connection| {
                let rows = connection.query_row("SELECT count(*) FROM request", params![], |row| row.get(0)).unwrap();
                seen.send(rows).is_ok()
            }))
        };
        record(0..GROUP_ROWS + 10);
        let (flush, mut flushed) = oneshot::channel();
        let (first, mut first_saw) = oneshot::channel();
        let (second, mut second_saw) = oneshot::channel();
        pending.command(Command::Flush(flush)).unwrap_or_else(|_| panic!("open"));
        pending.command(rows_seen(first)).unwrap_or_else(|_| panic!("open"));
        assert!(writer.turn());
        assert_eq!(first_saw.try_recv().unwrap(), 0, "nothing was written before it");
        assert_eq!((pending.stats().written_rows, pending.stats().pending), (GROUP_ROWS as u64, 10));
        assert!(flushed.try_recv().is_err(), "ten rows are missing");

        record(GROUP_ROWS + 10..2 * GROUP_ROWS + 20);
        pending.command(rows_seen(second)).unwrap_or_else(|_| panic!("open"));
        assert!(writer.turn());
        assert_eq!(second_saw.try_recv().unwrap(), GROUP_ROWS as i64, "between two groups");
        assert_eq!(flushed.try_recv().unwrap(), Ok(()), "what came later does not keep it waiting");
        assert_eq!(pending.stats().pending, 20);
        pending.close();
        assert!(!writer.turn(), "the rest, and the end");
        assert_eq!(pending.stats().pending, 0);
    }

    #[test]
    fn rows_wait_for_the_disk_only_where_somebody_waits_for_them() {
        let folder = TempDir::new().unwrap();
        let pending = Arc::new(Pending::default());
        let mut writer =
            Writer::new(open_connection(folder.path()).unwrap(), Arc::clone(&pending), Duration::ZERO).unwrap();
        let level = |writer: &Writer| -> i64 {
            writer.connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap()
        };
        pending.record(row(1), usize::MAX).unwrap();
        assert!(writer.turn());
        assert!(writer.unsynced);
        assert_eq!(level(&writer), 2, "what comes next may be a lease");
        // A row that is written already, and one that is not.
        for next in [None, Some(row(2))] {
            writer.unsynced = true;
            next.into_iter().for_each(|row| pending.record(row, usize::MAX).unwrap());
            let (flush, mut flushed) = oneshot::channel();
            pending.command(Command::Flush(flush)).unwrap_or_else(|_| panic!("open"));
            assert!(writer.turn());
            assert_eq!(flushed.try_recv().unwrap(), Ok(()));
            assert!(!writer.unsynced);
        }
        assert_eq!(pending.stats().written_rows, 2);
    }

    #[test]
    fn a_change_that_finds_room_brings_the_rows_that_waited_for_it() {
        let folder = TempDir::new().unwrap();
        let pending = Arc::new(Pending::default());
        let connection = open_connection(folder.path()).unwrap();
        let mut writer = Writer::new(connection, Arc::clone(&pending), Duration::ZERO).unwrap();
        let pages_at_most = |pages: i64, works: bool| {
            let change = move |connection: &mut Connection| {
                connection.pragma_update(None, "max_page_count", pages).unwrap();
                works
            };
            pending.command(Command::Change(Box::new(change))).unwrap_or_else(|_| panic!("open"));
        };
        pages_at_most(1, true);
        (0..500).for_each(|n| pending.record(row(n), usize::MAX).unwrap());
        assert!(writer.turn());
        assert_eq!((pending.stats().pending, pending.stats().trouble.is_some()), (500, true));
        pages_at_most(100_000, false);
        assert!(writer.turn());
        assert_eq!(pending.stats().pending, 500, "a change that fails is no reason to try");
        pages_at_most(100_000, true);
        assert!(writer.turn());
        assert_eq!((pending.stats().pending, pending.stats().trouble), (0, None));
    }
}
