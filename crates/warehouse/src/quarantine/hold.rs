//! Puts refused rows aside: one entry per bad row, however often it is fetched.

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};
use md5::{Digest, Md5};

use super::{HELD, supersede};
use crate::{RawResponse, Rejected, WarehouseError, arrow_rows, findings::log, writer::stage::Refused};
use quality_rules::rules::{completeness, duplicate_key, schema};

/// The temporary table of the rows at hand.
const INCOMING: &str = "incoming";
/// That of the entries that became held, or say something new.
const TOUCHED: &str = "touched_entry";

/// What vendors send where they have nothing.
const ABSENT: [&str; 7] = ["", "null", "none", "nan", "nat", "-", "--"];

/// A refused row with the response it came from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Incoming {
    id: String,
    raw_id: Option<i64>,
    /// What identifies the row, or the request that it was an answer to.
    row_key: Option<String>,
    /// When the response was complete; when it was refused, without one.
    fetched_at: DateTime<Utc>,
    refused: Refused,
}

impl From<Rejected> for Refused {
    /// A row that an adapter could not read. Where there is nothing that could be, the row is incomplete.
    fn from(row: Rejected) -> Self {
        let is_absent = ABSENT.iter().any(|absent| row.value.trim().eq_ignore_ascii_case(absent));
        let rule = if is_absent { &completeness::INFO } else { &schema::INFO };
        Self {
            dataset: row.dataset,
            response: row.response,
            row: row.row,
            rule,
            reason: row.reason,
            value: row.value,
            identity: None,
            candidate: None,
        }
    }
}

impl Incoming {
    /// `response` is what the row came from, with its id.
    pub(crate) fn new(
        source: &str,
        refused: Refused,
        response: Option<(i64, &RawResponse)>,
        now: DateTime<Utc>,
    ) -> Self {
        let request = response.map(|(_, response)| response.request.as_str());
        let row_key = match &refused.identity {
            Some(identity) => Some(identity.row_key()),
            None => request.map(request_key),
        };
        Self {
            id: id(source, &refused, request.unwrap_or_default()),
            raw_id: response.map(|(id, _)| id),
            row_key,
            fetched_at: response.map_or(now, |(_, response)| response.fetched_at),
            refused,
        }
    }

    fn code(&self) -> Option<&str> {
        self.refused.identity.as_ref().map(|identity| identity.code.as_str())
    }

    fn day(&self) -> Option<NaiveDate> {
        self.refused.identity.as_ref().and_then(|identity| identity.day)
    }
}

/// What identifies a bad row: what it is about and the rule it breaks; where that could not be read, its place in the answer
/// to a request and what was sent. Of two rows with one key each is an entry of its own.
fn id(source: &str, refused: &Refused, request: &str) -> String {
    let Refused { dataset, row, rule, reason, value, identity, .. } = refused;
    let text = match identity {
        Some(identity) if rule.code == duplicate_key::INFO.code => {
            [source, dataset, rule.code, &identity.row_key(), value].join("|")
        }
        Some(identity) => [source, dataset, rule.code, &identity.row_key()].join("|"),
        None => [source, dataset, &place(request, *row), reason, value].join("|"),
    };
    hex::encode(Md5::digest(text))
}

/// Fields of a request that move with time: windows that end now, and pages that count from the newest row.
const MOVING: [&str; 4] = ["period1", "period2", "start", "count"];

/// The place of a row in what was asked for. Where the answers to a request move on from day to day, a row has no place in
/// them; the adapters of such vendors send the whole record as the offending value, with its date.
fn place(request: &str, row: u32) -> String {
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(request) {
        Ok(mut fields) if MOVING.iter().any(|name| fields.contains_key(*name)) => {
            fields.retain(|name, _| !MOVING.contains(&name.as_str()));
            serde_json::Value::Object(fields).to_string()
        }
        _ => format!("{request}|{row}"),
    }
}

/// What identifies a request, in place of the key of a row that could not be read.
pub(super) fn request_key(request: &str) -> String {
    format!("{}{}", supersede::REQUEST, hex::encode(Md5::digest(request)))
}

/// Puts rows of `source` aside. A row that is held already is the same entry, last seen in the newest response; one that was
/// decided about stays decided as long as it says the same. The findings follow with [`raise_findings`] and [`close_findings`]. Returns whether any
/// entry changed.
pub(crate) fn hold(
    conn: &Connection,
    source: &str,
    rows: &[Incoming],
    now: DateTime<Utc>,
) -> Result<bool, WarehouseError> {
    if rows.is_empty() {
        return Ok(false);
    }
    conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE {INCOMING} (
             nth BIGINT, id VARCHAR, dataset VARCHAR, raw_id BIGINT, raw_row INTEGER, reason VARCHAR, value VARCHAR,
             rule VARCHAR, code VARCHAR, trade_date DATE, candidate VARCHAR, row_key VARCHAR, fetched_at TIMESTAMP)"
    ))?;
    let refused = || rows.iter().map(|row| &row.refused);
    let columns = vec![
        arrow_rows::longs((0..).take(rows.len())),
        arrow_rows::texts(rows.iter().map(|row| &row.id)),
        arrow_rows::texts(refused().map(|row| &row.dataset)),
        arrow_rows::optional_longs(rows.iter().map(|row| row.raw_id)),
        arrow_rows::ints(refused().map(|row| i32::try_from(row.row).unwrap_or(i32::MAX))),
        arrow_rows::texts(refused().map(|row| &row.reason)),
        arrow_rows::texts(refused().map(|row| &row.value)),
        arrow_rows::texts(refused().map(|row| row.rule.code)),
        arrow_rows::optional_texts(rows.iter().map(Incoming::code)),
        arrow_rows::optional_dates(rows.iter().map(Incoming::day)),
        arrow_rows::optional_texts(refused().map(|row| row.candidate.as_ref())),
        arrow_rows::optional_texts(rows.iter().map(|row| row.row_key.as_ref())),
        arrow_rows::moments(rows.iter().map(|row| row.fetched_at)),
    ];
    arrow_rows::append_temp(conn, INCOMING, columns)?;
    // The same row may be in several pages: the newest counts. Then: what is new, what is news about a held entry, and what
    // makes a settled one be held again.
    conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE entry_news AS
         WITH newest AS (
             FROM {INCOMING} QUALIFY row_number() OVER (PARTITION BY id ORDER BY fetched_at DESC, nth DESC) = 1)
         SELECT i.*, CASE
             WHEN q.id IS NULL THEN 'new'
             WHEN q.state = '{HELD}' THEN CASE WHEN i.fetched_at > q.fetched_at THEN 'again' END
             WHEN q.state = '{superseded}' THEN CASE WHEN i.fetched_at > q.decided_at THEN 'back' END
             WHEN i.fetched_at > q.fetched_at
              AND (i.value IS DISTINCT FROM q.value OR i.candidate IS DISTINCT FROM q.candidate) THEN 'back' END AS verdict
         FROM newest i LEFT JOIN quarantine q ON q.id = i.id;
         DELETE FROM entry_news WHERE verdict IS NULL;
         CREATE OR REPLACE TEMP TABLE {TOUCHED} AS SELECT id FROM entry_news",
        superseded = super::SUPERSEDED
    ))?;
    let updated = conn.execute(
        "UPDATE quarantine SET raw_id = n.raw_id, raw_row = n.raw_row, reason = n.reason, value = n.value,
                candidate = n.candidate, row_key = n.row_key, fetched_at = n.fetched_at, state = ?,
                quarantined_at = CASE n.verdict WHEN 'back' THEN ? ELSE quarantined_at END,
                decided_at = NULL, decided_by = NULL, note = NULL
         FROM entry_news n WHERE n.id = quarantine.id",
        params![HELD, now.naive_utc()],
    )?;
    let inserted = conn.execute(
        "INSERT INTO quarantine
             (dataset, source, raw_id, raw_row, reason, value, quarantined_at, id, rule, code, trade_date, candidate,
              state, row_key, fetched_at)
         SELECT dataset, ?, raw_id, raw_row, reason, value, ?, id, rule, code, trade_date, candidate, ?, row_key, fetched_at
         FROM entry_news WHERE verdict = 'new' ORDER BY nth",
        params![source, now.naive_utc(), HELD],
    )?;
    Ok(updated + inserted > 0)
}

/// After a [`hold`] that changed entries: raises the findings of those that are held still.
pub(crate) fn raise_findings(conn: &Connection, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE {shown} AS
         SELECT {id} AS id, rule AS check_name, code, trade_date, 'error' AS severity, reason AS message,
                to_json({{'source': source, 'dataset': dataset, 'value': value, 'raw_id': raw_id,
                          'raw_row': raw_row}})::VARCHAR AS details
         FROM quarantine q SEMI JOIN {TOUCHED} USING (id) WHERE state = '{HELD}'",
        shown = log::SHOWN,
        id = finding_id("q"),
    ))?;
    log::raise_provided(conn, now)?;
    Ok(())
}

/// Closes the findings of entries that are not held any more.
pub(crate) fn close_findings(conn: &Connection, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    conn.execute(
        &format!(
            "UPDATE quality_log SET closed_at = ? WHERE closed_at IS NULL AND generation IS NULL
              AND id IN (SELECT {} FROM quarantine q WHERE state <> '{HELD}')",
            finding_id("q")
        ),
        params![now.naive_utc()],
    )?;
    Ok(())
}

/// The id of the finding about entry `alias`, as SQL: check, code, day, subject.
fn finding_id(alias: &str) -> String {
    format!("md5(concat_ws('|', {alias}.rule, {alias}.code, {alias}.trade_date::VARCHAR, 'quarantine:' || {alias}.id))")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(request: &str, row: u32, value: &str) -> String {
        let response = RawResponse {
            source: "yahoo".into(),
            dataset: "chart".into(),
            request: request.into(),
            fetched_at: DateTime::UNIX_EPOCH,
            http_status: 200,
            body: Vec::new(),
        };
        let rejected = Rejected {
            dataset: "chart".into(),
            response: 0,
            row,
            reason: "a price is negative".into(),
            value: value.into(),
        };
        Incoming::new("yahoo", rejected.into(), Some((1, &response)), DateTime::UNIX_EPOCH).id
    }

    #[test]
    fn a_row_that_could_not_be_read_is_the_same_where_the_window_of_a_request_moves_on() {
        let chart = |symbol: &str, until: u32| {
            format!(r#"{{"symbol":"{symbol}","period1":1,"period2":{until},"interval":"1d"}}"#)
        };
        let first = unread(&chart("^GSPC", 100), 7, "2024-01-02,-1,2,1,2,0");
        assert_eq!(unread(&chart("^GSPC", 200), 6, "2024-01-02,-1,2,1,2,0"), first);
        assert_ne!(unread(&chart("^GSPC", 200), 6, "2024-01-03,-1,2,1,2,0"), first);
        assert_ne!(unread(&chart("^DJI", 200), 6, "2024-01-02,-1,2,1,2,0"), first);
        // Where a request has one answer, its rows are told apart by their places.
        let day = r#"{"api_name":"daily","params":{"trade_date":"20240102"}}"#;
        assert_eq!(unread(day, 6, "abc"), unread(day, 6, "abc"));
        assert_ne!(unread(day, 6, "abc"), unread(day, 7, "abc"));
        assert_ne!(unread("not even JSON", 6, "abc"), unread("not even JSON", 7, "abc"));
    }
}
