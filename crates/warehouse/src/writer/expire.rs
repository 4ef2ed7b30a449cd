//! What is older than its retention goes: features (computed on demand from then on), what the log has about things that are
//! settled, and what the gateway relayed.

use chrono::{Days, NaiveDate, NaiveTime};
use duckdb::{Connection, params};

use super::{Session, Writer, meta, set_meta};
use crate::WarehouseError;

/// The key in `meta` of the day before which features have expired.
const FLOOR: &str = "feature_floor";

impl Writer {
    /// Removes stored features that are more than `feature_days` calendar days older than `today`; returns how many.
    ///
    /// Commits keep to the retention by themselves, counted from the last complete day; this counts from `today` and so
    /// matters when no new day comes. Expired days stay without stored features, whatever is committed later.
    ///
    /// Findings that were closed, quarantined rows that were decided about, runs and checks go as well when that is more than
    /// `keep_log_days` ago, and the gateway's hours of then. What is open or held stays, however old it is.
    pub fn expire_features(&mut self, today: NaiveDate) -> Result<u64, WarehouseError> {
        let days = Days::new(u64::from(self.options.feature_days));
        let log_days = Days::new(u64::from(self.options.keep_log_days));
        let session = self.session_mut()?;
        let floor =
            today.checked_sub_days(days).unwrap_or(today).max(session.feature_floor()?.unwrap_or(NaiveDate::MIN));
        let transaction = session.conn.unchecked_transaction()?;
        let removed = transaction.execute("DELETE FROM feature_daily WHERE trade_date < ?", [floor])? as u64;
        set_meta(&transaction, FLOOR, &floor.to_string())?;
        let pruned = prune(&transaction, today.checked_sub_days(log_days).unwrap_or(NaiveDate::MIN))?;
        let commit_seq = session.commit_seq + u64::from(removed > 0);
        let bookkeeping_seq = session.bookkeeping_seq + u64::from(pruned);
        set_meta(&transaction, "commit_seq", &commit_seq.to_string())?;
        set_meta(&transaction, "bookkeeping_seq", &bookkeeping_seq.to_string())?;
        transaction.commit()?;
        (session.commit_seq, session.bookkeeping_seq) = (commit_seq, bookkeeping_seq);
        Ok(removed)
    }
}

impl Session {
    /// The day before which features have expired.
    pub(crate) fn feature_floor(&self) -> Result<Option<NaiveDate>, WarehouseError> {
        let text = meta(&self.conn, FLOOR)?;
        if text.is_empty() {
            return Ok(None);
        }
        let floor =
            text.parse().map_err(|_| WarehouseError::Other(format!("meta `{FLOOR}` is `{text}`, not a day")))?;
        Ok(Some(floor))
    }
}

/// Removes what was settled before `floor`; returns whether there was anything. The last check of the whole history, and by
/// the clock, stays: it says when that was.
fn prune(conn: &Connection, floor: NaiveDate) -> Result<bool, WarehouseError> {
    let floor = floor.and_time(NaiveTime::MIN);
    let mut removed = 0;
    for settled in [
        "quality_log WHERE closed_at < ?",
        "quarantine WHERE state <> 'held' AND decided_at < ?",
        "job_run WHERE finished_at < ?",
        "check_run WHERE trade_date IS NOT NULL AND checked_at < ?",
        "gateway_usage WHERE hour < ?",
    ] {
        removed += conn.execute(&format!("DELETE FROM {settled}"), params![floor])?;
    }
    Ok(removed > 0)
}
