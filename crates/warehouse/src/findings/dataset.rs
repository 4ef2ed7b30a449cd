//! Findings about a data set as a whole: a batch that was refused.

use chrono::{DateTime, Utc};
use duckdb::params;
use quality_rules::Severity;
use serde_json::Value;

use super::log::{self, Entry};
use crate::{WarehouseError, Writer};

impl Writer {
    /// Raises a finding about a vendor's data set; one that is open already says what shows now. A fact ([`Severity::Info`])
    /// is stored closed.
    #[expect(clippy::too_many_arguments, reason = "they are the columns of one row")]
    pub fn raise_dataset_finding(
        &mut self,
        check: &str,
        source: &str,
        dataset: &str,
        severity: Severity,
        message: &str,
        details: Value,
        now: DateTime<Utc>,
    ) -> Result<(), WarehouseError> {
        let entry = Entry {
            check: check.to_owned(),
            severity: severity.as_str(),
            code: None,
            trade_date: None,
            subject: subject(source, dataset),
            message: message.to_owned(),
            details,
        };
        self.session_mut()?.keep_books_if_changed(|conn| {
            log::provide(conn, &[entry])?;
            match severity {
                Severity::Info => log::note_provided(conn, now).map(|()| (true, ())),
                Severity::Warning | Severity::Error => Ok((log::raise_provided(conn, now)?, ())),
            }
        })
    }

    /// Closes the finding of `check` about a vendor's data set, if it is open.
    pub fn clear_dataset_finding(
        &mut self,
        check: &str,
        source: &str,
        dataset: &str,
        now: DateTime<Utc>,
    ) -> Result<(), WarehouseError> {
        self.session_mut()?.keep_books_if_changed(|conn| {
            let closed = conn.execute(
                "UPDATE quality_log SET closed_at = ? WHERE closed_at IS NULL AND id = md5(concat_ws('|', ?, ?))",
                params![now.naive_utc(), check, subject(source, dataset)],
            )?;
            Ok((closed > 0, ()))
        })
    }
}

/// What identifies a finding about a data set.
fn subject(source: &str, dataset: &str) -> String {
    format!("{source}/{dataset}")
}
