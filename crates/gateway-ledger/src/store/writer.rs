//! The one thread that writes.

use std::{sync::Arc, time::Duration};

use rusqlite::{Connection, TransactionBehavior};

use super::{FolderLock, Pending, Sums, pending::Work, rows};
use crate::{LedgerError, RequestRow};

/// Writes rows in groups and commands one by one, until it is closed.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) pending: Arc<Pending>,
    pub(crate) group_commit: Duration,
    /// Held as long as something may be written.
    pub(crate) lock: FolderLock,
}

impl Writer {
    /// Runs until the ledger is closed and everything that could be written is.
    pub(crate) fn run(mut self) {
        loop {
            let work = self.pending.take(self.group_commit);
            let closing = work.closing;
            self.work(work);
            if closing {
                break;
            }
        }
        // Folds the log into the file. If that fails the log stays, and is read at the next start.
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "the ledger's write-ahead log was not folded into its file");
        }
        drop(self.connection);
        drop(self.lock);
    }

    fn work(&mut self, Work { rows, kept, commands, .. }: Work) {
        let written = if rows.is_empty() && kept.is_empty() {
            Ok(())
        } else {
            match write(&mut self.connection, &rows, &kept) {
                Ok(repeated) => {
                    self.pending.written(rows.len(), repeated);
                    Ok(())
                }
                Err(error) => {
                    let error = LedgerError::from(error);
                    tracing::error!(%error, rows = rows.len(), "requests could not be written down; they are kept and tried again");
                    self.pending.put_back(rows, kept, error.to_string());
                    Err(error)
                }
            }
        };
        for command in commands {
            command(&mut self.connection, written.clone());
        }
    }
}

/// One transaction for all. Returns how many rows were there already.
fn write(connection: &mut Connection, rows: &[RequestRow], kept: &Sums) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut sums = Sums::default();
    let mut repeated = 0;
    for row in rows {
        if rows::insert(&transaction, row)? {
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
