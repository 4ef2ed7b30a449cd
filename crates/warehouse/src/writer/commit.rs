//! One batch, one transaction: raw, normalized, revisions, coverage, curated, features, bookkeeping.

use chrono::{DateTime, Utc};

use super::{Session, Step, Writer, WriterOptions, set_meta, work::Work};
use crate::{Batch, Committed, WarehouseError, coverage::DAILY};

/// The data sets of which a batch may claim to hold a whole day.
const PARTITIONED: [&str; 4] = [DAILY, DAILY_BASIC, PRICE_LIMIT, SUSPENSION];
pub(super) const DAILY_BASIC: &str = "daily_basic";
pub(super) const PRICE_LIMIT: &str = "price_limit";
pub(super) const SUSPENSION: &str = "suspension";

impl Writer {
    /// Commits `batch` in one transaction: all of it, or nothing. A row that the gate refuses goes to the quarantine; what
    /// is stored under its key stays.
    ///
    /// Committing it again, or batches in another order, leads to the same content: see [`crate::Manifest::logical_hash`].
    ///
    /// # Errors
    /// `BadBatch` if a row names a response that the batch does not hold, or a partition another source; `DiskFull`; `Database`. Nothing is changed then;
    /// call [`Writer::reopen`] before the next commit, for DuckDB may refuse further work.
    pub fn commit(&mut self, batch: Batch, now: DateTime<Utc>) -> Result<Committed, WarehouseError> {
        validate(&batch)?;
        let (commit_seq, mut committed) = self.transact(|session, options| {
            let mut work = Work::new(session, options, &batch, now);
            let changed = work.commit()?;
            Ok((changed, Committed { changed, ..work.committed }))
        })?;
        committed.commit_seq = commit_seq;
        Ok(committed)
    }

    /// Does `work` in one transaction. It says first whether market data changed: then this was a market commit, and else
    /// one of bookkeeping. Returns the number of market commits so far with what `work` gave.
    pub(crate) fn transact<R>(
        &mut self,
        work: impl FnOnce(&Session, &WriterOptions) -> Result<(bool, R), WarehouseError>,
    ) -> Result<(u64, R), WarehouseError> {
        let options = self.options.clone();
        let session = self.session_mut()?;
        let transaction = session.conn.unchecked_transaction()?;
        options.step(Step::BatchBegun);
        let (changed, outcome) = work(session, &options)?;
        let seq = (session.commit_seq + u64::from(changed), session.bookkeeping_seq + u64::from(!changed));
        set_meta(&transaction, "commit_seq", &seq.0.to_string())?;
        set_meta(&transaction, "bookkeeping_seq", &seq.1.to_string())?;
        options.step(Step::BeforeCommit);
        transaction.commit()?;
        (session.commit_seq, session.bookkeeping_seq) = seq;
        options.step(Step::AfterCommit);
        Ok((seq.0, outcome))
    }
}

/// Refuses claims that no row of the batch can back.
fn validate(batch: &Batch) -> Result<(), WarehouseError> {
    for claim in &batch.partitions {
        if !PARTITIONED.contains(&claim.dataset) {
            return Err(WarehouseError::BadBatch(format!("`{}` is no data set with whole days", claim.dataset)));
        }
        if claim.source != batch.source {
            let detail = format!("it is from `{}` and claims a day of `{}`", batch.source, claim.source);
            return Err(WarehouseError::BadBatch(detail));
        }
    }
    Ok(())
}
