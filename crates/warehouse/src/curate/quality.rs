//! Keeps `quality_log` in step with what curation notices.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};
use market_model::Code;

use super::finding::{Check, Finding};
use crate::{
    WarehouseError, arrow_rows,
    engine::quote,
    findings::log::{self, Entry},
};

/// The check that logs rows that another source took over.
const REPLACED: &str = "source_replaced";

/// The rows of one day that one source took over from another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Replaced {
    pub(crate) rows: u64,
    /// Those whose raw close is another one now.
    pub(crate) other_close: u64,
}

/// Day, the source before, the source now.
pub(crate) type Replacements = BTreeMap<(NaiveDate, Arc<str>, Arc<str>), Replaced>;

impl From<&Finding> for Entry {
    fn from(finding: &Finding) -> Self {
        Self {
            check: finding.check.name().to_owned(),
            severity: finding.check.severity(),
            code: Some(finding.code.as_str().to_owned()),
            trade_date: Some(finding.date),
            subject: finding.subject.clone(),
            message: finding.message.clone(),
            details: finding.details.clone(),
        }
    }
}

/// Makes the open findings about `scope` (codes, each from a day on) exactly `findings`: raises what is new or back again,
/// closes what no longer shows.
pub(crate) fn sync_findings(
    conn: &Connection,
    scope: &[(Code, NaiveDate)],
    findings: &[Finding],
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    let names: Vec<_> = Check::ALL.iter().map(|check| quote(check.name())).collect();
    let open = format!("check_name IN ({}) AND closed_at IS NULL", names.join(", "));
    let any_open: bool =
        conn.query_row(&format!("SELECT count(*) > 0 FROM quality_log WHERE {open}"), [], |row| row.get(0))?;
    if findings.is_empty() && !any_open {
        return Ok(());
    }
    let entries: Vec<Entry> = findings.iter().map(Entry::from).collect();
    log::provide(conn, &entries)?;
    if any_open {
        conn.execute_batch("CREATE OR REPLACE TEMP TABLE scope (code VARCHAR, from_date DATE)")?;
        let columns = vec![
            arrow_rows::texts(scope.iter().map(|(code, _)| code.as_str())),
            arrow_rows::dates(scope.iter().map(|(_, from)| *from)),
        ];
        arrow_rows::append_temp(conn, "scope", columns)?;
        conn.execute(
            &format!(
                "UPDATE quality_log SET closed_at = ? FROM scope s
                 WHERE {open} AND quality_log.code = s.code AND quality_log.trade_date >= s.from_date
                   AND quality_log.id NOT IN (SELECT id FROM {})",
                log::SHOWN
            ),
            params![now.naive_utc()],
        )?;
    }
    if !findings.is_empty() {
        log::raise_provided(conn, now)?;
    }
    Ok(())
}

/// The code and day of every open finding of `check`.
pub(crate) fn open_findings(conn: &Connection, check: Check) -> Result<Vec<(Code, NaiveDate)>, WarehouseError> {
    let sql = format!(
        "SELECT code, trade_date FROM quality_log WHERE check_name = {} AND closed_at IS NULL ORDER BY ALL",
        quote(check.name())
    );
    let mut found = Vec::new();
    arrow_rows::query(conn, &sql, [], |columns| {
        let (codes, days) = (columns.texts(0)?, columns.dates(1)?);
        for row in 0..columns.rows() {
            found.push((arrow_rows::parse_code(codes.value(row))?, arrow_rows::date_of(days.value(row))));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Logs what other sources took over: one entry per day, source before and source now. It is a fact and asks for nothing, so
/// it is closed at once; what is added to it later is added up.
pub(crate) fn log_replaced(
    conn: &Connection,
    replacements: &Replacements,
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    if replacements.is_empty() {
        return Ok(());
    }
    conn.execute_batch(
        "CREATE OR REPLACE TEMP TABLE replaced (
             trade_date DATE, old_source VARCHAR, new_source VARCHAR, n BIGINT, other_close BIGINT)",
    )?;
    let columns = vec![
        arrow_rows::dates(replacements.keys().map(|(day, ..)| *day)),
        arrow_rows::texts(replacements.keys().map(|(_, old, _)| old)),
        arrow_rows::texts(replacements.keys().map(|(.., new)| new)),
        arrow_rows::longs(replacements.values().map(|replaced| replaced.rows.cast_signed())),
        arrow_rows::longs(replacements.values().map(|replaced| replaced.other_close.cast_signed())),
    ];
    arrow_rows::append_temp(conn, "replaced", columns)?;
    conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE replacement AS
         WITH named AS (
             SELECT *, md5(concat_ws('|', '{REPLACED}', trade_date::VARCHAR, old_source, new_source)) AS id FROM replaced)
         SELECT r.id, r.trade_date, r.old_source, r.new_source,
                r.n + coalesce((q.details->>'rows')::BIGINT, 0) AS n,
                r.other_close + coalesce((q.details->>'other_close')::BIGINT, 0) AS other_close
         FROM named r LEFT JOIN quality_log q ON q.id = r.id;
         DELETE FROM quality_log USING replacement r WHERE quality_log.id = r.id"
    ))?;
    conn.execute(
        &format!(
            "INSERT INTO quality_log
             SELECT id, '{REPLACED}', NULL, trade_date, 'info',
                    format('{{}} took over {{}} rows from {{}}, {{}} of them with another close',
                           new_source, n, old_source, other_close),
                    to_json({{'from': old_source, 'to': new_source, 'rows': n, 'other_close': other_close}})::VARCHAR,
                    NULL, ?, ?
             FROM replacement ORDER BY ALL"
        ),
        params![now.naive_utc(), now.naive_utc()],
    )?;
    Ok(())
}
