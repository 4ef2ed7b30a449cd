//! Which days are to be checked.

use super::DueChecks;
use crate::{WarehouseError, Writer};

impl Writer {
    /// What has changed since it was last checked, as far as the current generation holds it.
    pub fn due_checks(&self) -> Result<DueChecks, WarehouseError> {
        let commit_seq = self.published_commit_seq();
        let mut statement = self.session()?.conn.prepare(
            "SELECT DISTINCT trade_date FROM check_due WHERE commit_seq <= ? ORDER BY trade_date NULLS FIRST",
        )?;
        let rows = statement.query_map([commit_seq], |row| row.get(0))?;
        let days = rows.collect::<Result<Vec<Option<chrono::NaiveDate>>, _>>()?;
        let whole_history = days.first().is_some_and(Option::is_none);
        let dates = if whole_history { Vec::new() } else { days.into_iter().flatten().collect() };
        Ok(DueChecks { whole_history, dates, commit_seq })
    }
}
