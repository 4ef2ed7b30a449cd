//! How many findings there are of each rule about each day.

use chrono::NaiveDate;
use duckdb::Row;
use quality_rules::Severity;

use crate::{Generation, WarehouseError};

/// The findings of one rule and severity about one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingDay {
    /// The rule.
    pub check: String,
    /// How bad they are.
    pub severity: Severity,
    /// The day; `None` for findings about no day.
    pub date: Option<NaiveDate>,
    /// How many are open.
    pub open: u64,
    /// How many there are, the closed ones as well.
    pub all: u64,
}

impl Generation {
    /// The quality log counted by rule, severity and day, in this order; what is about no day comes last. Plans a query over
    /// the whole log.
    pub fn finding_days(&self) -> Result<Vec<FindingDay>, WarehouseError> {
        let sql = format!(
            "SELECT check_name, severity, trade_date, count(*) FILTER (WHERE closed_at IS NULL), count(*) \
             FROM {}.quality_log GROUP BY check_name, severity, trade_date \
             ORDER BY check_name, severity, trade_date NULLS LAST",
            self.files.tail.name()
        );
        self.database.query(|conn, _| {
            let mut statement = conn.prepare(&sql)?;
            let days = statement.query_map([], finding_day)?;
            Ok(days.collect::<Result<_, _>>()?)
        })
    }
}

fn finding_day(row: &Row<'_>) -> Result<FindingDay, duckdb::Error> {
    let severity: String = row.get(1)?;
    Ok(FindingDay {
        check: row.get(0)?,
        // As in a page of the log.
        severity: severity.parse().unwrap_or(Severity::Error),
        date: row.get(2)?,
        open: row.get(3)?,
        all: row.get(4)?,
    })
}
