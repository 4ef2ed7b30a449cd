//! Bounds how many refused rows of one load are put aside one by one.
//!
//! A vendor that sends nonsense for a whole history makes millions of rows that nobody decides about one by one. Their
//! responses are kept like all others, so nothing is lost: one finding says how many there are, and once the cause is found
//! the history is loaded again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use duckdb::{Connection, params};
use quality_rules::Severity;
use serde_json::json;

use crate::{
    WarehouseError,
    findings::log::{self, Entry},
    writer::stage::Refused,
};

/// Rows of one data set, refused by one rule, that a load puts aside.
const HELD_MAX: u64 = 10_000;

/// Counts the refused rows of a load by data set and rule.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    refused: BTreeMap<(String, &'static str), u64>,
    codes: u64,
}

impl LeftOut {
    /// Counts a code that is loaded.
    pub(super) fn count_code(&mut self) {
        self.codes += 1;
    }

    /// Whether the next refused row is put aside.
    pub(super) fn admits(&mut self, row: &Refused) -> bool {
        let count = self.refused.entry((row.dataset.clone(), row.rule.code)).or_default();
        *count += 1;
        *count <= HELD_MAX
    }

    /// Raises a finding for each data set and rule of which rows were left out. Those of an earlier load of `source` are closed
    /// if this one is about as many codes.
    pub(super) fn note(&self, conn: &Connection, source: &str, now: DateTime<Utc>) -> Result<(), WarehouseError> {
        let left_out = self.refused.iter().filter(|(_, count)| **count > HELD_MAX);
        let entries: Vec<_> = left_out
            .map(|((dataset, rule), count)| Entry {
                check: (*rule).to_owned(),
                severity: Severity::Error.as_str(),
                code: None,
                trade_date: None,
                subject: format!("{source}/{dataset}/left out"),
                message: format!(
                    "{} more rows of {source}/{dataset} were refused and are not put aside one by one: load the history \
                     again when the cause is found",
                    count - HELD_MAX
                ),
                details: json!({
                    "source": source, "dataset": dataset, "unlisted": count - HELD_MAX, "warnings": 0,
                    "errors": count - HELD_MAX, "codes": self.codes,
                }),
            })
            .collect();
        log::provide(conn, &entries)?;
        log::raise_provided(conn, now)?;
        conn.execute(
            &format!(
                "UPDATE quality_log SET closed_at = ?
                 WHERE closed_at IS NULL AND generation IS NULL AND code IS NULL AND trade_date IS NULL
                   AND (details ->> 'source') = ? AND (details ->> 'unlisted') IS NOT NULL
                   AND try_cast(details ->> 'codes' AS UBIGINT) <= ? AND id NOT IN (SELECT id FROM {})",
                log::SHOWN
            ),
            params![now.naive_utc(), source, self.codes],
        )?;
        Ok(())
    }
}
