//! Features older than the retention go; they are computed on demand from then on.

use chrono::{Days, NaiveDate};

use super::{Session, Writer, meta, set_meta};
use crate::WarehouseError;

/// The key in `meta` of the day before which features have expired.
const FLOOR: &str = "feature_floor";

impl Writer {
    /// Removes stored features that are more than `feature_days` calendar days older than `today`; returns how many.
    ///
    /// Commits keep to the retention by themselves, counted from the last complete day; this counts from `today` and so
    /// matters when no new day comes. Expired days stay without stored features, whatever is committed later.
    pub fn expire_features(&mut self, today: NaiveDate) -> Result<u64, WarehouseError> {
        let days = Days::new(u64::from(self.options.feature_days));
        let session = self.session_mut()?;
        let floor =
            today.checked_sub_days(days).unwrap_or(today).max(session.feature_floor()?.unwrap_or(NaiveDate::MIN));
        let transaction = session.conn.unchecked_transaction()?;
        let removed = transaction.execute("DELETE FROM feature_daily WHERE trade_date < ?", [floor])? as u64;
        set_meta(&transaction, FLOOR, &floor.to_string())?;
        let commit_seq = session.commit_seq + u64::from(removed > 0);
        set_meta(&transaction, "commit_seq", &commit_seq.to_string())?;
        transaction.commit()?;
        session.commit_seq = commit_seq;
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
