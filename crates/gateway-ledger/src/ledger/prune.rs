//! Retention.

use chrono::{DateTime, TimeDelta, Utc};
use route_policy::Day;

use crate::{Ledger, LedgerError};

/// What retention removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Requests.
    pub requests: u64,
    /// Sums of an hour by profile, channel and model.
    pub usage_rows: u64,
    /// Audit entries.
    pub audit_entries: u64,
}

impl Ledger {
    /// Removes what is older than it may be, in small transactions between those of others, and gives the room back.
    /// Sums that the warehouse has not got yet stay four times as long.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn prune(&self, now: DateTime<Utc>) -> Result<Pruned, LedgerError> {
        let before = |days: u32| now - TimeDelta::days(i64::from(days));
        let options = self.options();
        let (kept, audited) = (before(options.keep_days), before(options.audit_keep_days));
        let requests = self
            .in_batches(
                "DELETE FROM request WHERE seq IN
                    (SELECT seq FROM (SELECT seq, at FROM request ORDER BY seq LIMIT 1000) WHERE at < ?1)",
                kept.timestamp_millis(),
            )
            .await?;
        // Sums that the warehouse has, or that nobody will ever fetch any more.
        let recorded = "DELETE FROM usage_hour WHERE hour < ?1 AND hour IN
            (SELECT hour FROM rollup WHERE recorded = version AND NOT stale)";
        let mut usage_rows = self.once(recorded, kept.timestamp()).await?;
        let given_up = before(options.keep_days.saturating_mul(4)).timestamp();
        usage_rows += self.once("DELETE FROM usage_hour WHERE hour < ?1", given_up).await?;
        self.once("DELETE FROM rollup WHERE hour < ?1 AND hour NOT IN (SELECT hour FROM usage_hour)", kept.timestamp())
            .await?;
        let first_day = Day::of(kept).to_string();
        self.write(move |books| Ok(books.execute("DELETE FROM budget WHERE day < ?1", [first_day])?)).await?;
        let audit_entries = self
            .in_batches(
                "DELETE FROM audit WHERE seq IN
                    (SELECT seq FROM (SELECT seq, at FROM audit ORDER BY seq LIMIT 1000) WHERE at < ?1)",
                audited.timestamp_millis(),
            )
            .await?;
        self.outside_of_transactions("PRAGMA incremental_vacuum(2000)").await?;
        Ok(Pruned { requests, usage_rows, audit_entries })
    }
}

impl Ledger {
    /// Deletes a thousand at a time, so that leases in between do not wait long.
    async fn in_batches(&self, statement: &'static str, before: i64) -> Result<u64, LedgerError> {
        let mut all = 0;
        loop {
            let deleted = self.once(statement, before).await?;
            if deleted == 0 {
                return Ok(all);
            }
            all += deleted;
        }
    }

    async fn once(&self, statement: &'static str, before: i64) -> Result<u64, LedgerError> {
        let deleted = self.write(move |books| Ok(books.prepare_cached(statement)?.execute([before])?)).await?;
        Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
    }
}
