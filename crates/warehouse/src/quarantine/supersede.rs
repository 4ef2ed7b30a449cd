//! Closes entries for which the vendor has sent a good row since.

use duckdb::{Connection, params};

use super::{HELD, SUPERSEDED, hold::request_key};
use crate::{
    RawResponse, WarehouseError, arrow_rows,
    engine::quote,
    schema::{self, Table},
    writer::{
        datasets::{is_table, row_key},
        merge::same_confirmation,
        stage::STAGE,
    },
};

/// What the key of an entry whose row could not be read begins with.
pub(super) const REQUEST: &str = "request:";

/// The staged rows of `source` are good: entries with their keys, from responses that are no newer, are superseded.
pub(crate) fn by_staged(conn: &Connection, table: &Table, source: &str) -> Result<bool, WarehouseError> {
    if !any_held(conn, source, &is_table("dataset", table))? {
        return Ok(false);
    }
    let good = format!("SELECT {} AS row_key, s.ingested_at AS said_at FROM {STAGE} s", row_key(table, "s"));
    supersede(conn, table, source, &good)
}

/// The same for rows that are stored already, in the relations that `stored` names for a table: a bad row may come late.
pub(crate) fn by_stored(
    conn: &Connection,
    source: &str,
    stored: impl Fn(&Table) -> Vec<String>,
) -> Result<bool, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT DISTINCT dataset FROM quarantine WHERE state = ? AND source = ? AND code IS NOT NULL ORDER BY dataset",
    )?;
    let names = statement.query_map(params![HELD, source], |row| row.get::<_, String>(0))?;
    let mut changed = false;
    for name in names.collect::<Result<Vec<_>, _>>()? {
        let Some(table) = schema::table(&name) else { continue };
        let held = format!(
            "(SELECT code AS held_code, trade_date AS held_day FROM quarantine
              WHERE state = '{HELD}' AND source = {} AND {})",
            quote(source),
            is_table("dataset", table)
        );
        let relations = stored(table);
        let rows: Vec<_> = relations
            .iter()
            .map(|relation| {
                format!(
                    "SELECT t.* FROM {relation} t SEMI JOIN {held} h
                     ON t.{} = h.held_code AND {} IS NOT DISTINCT FROM h.held_day WHERE t.source = {}",
                    table.code(),
                    table.day("t"),
                    quote(source)
                )
            })
            .collect();
        let good = format!(
            "SELECT {} AS row_key, greatest(g.ingested_at, coalesce(c.fetched_at, g.ingested_at)) AS said_at
             FROM ({}) g LEFT JOIN normalized_confirmation c ON {}",
            row_key(table, "g"),
            rows.join(" UNION ALL "),
            same_confirmation(table, "c", "g"),
        );
        changed |= supersede(conn, table, source, &good)?;
    }
    Ok(changed)
}

/// Entries whose rows could not be read, and that a newer answer to the same request no longer has.
pub(crate) fn by_answers<'a>(
    conn: &Connection,
    source: &str,
    answers: impl Iterator<Item = &'a RawResponse>,
) -> Result<bool, WarehouseError> {
    if !any_unread(conn, source)? {
        return Ok(false);
    }
    let answers: Vec<_> = answers.collect();
    conn.execute_batch(
        "CREATE OR REPLACE TEMP TABLE answered (dataset VARCHAR, row_key VARCHAR, fetched_at TIMESTAMP)",
    )?;
    let columns = vec![
        arrow_rows::texts(answers.iter().map(|answer| &answer.dataset)),
        arrow_rows::texts(answers.iter().map(|answer| request_key(&answer.request))),
        arrow_rows::moments(answers.iter().map(|answer| answer.fetched_at)),
    ];
    arrow_rows::append_temp(conn, "answered", columns)?;
    let changed = conn.execute(
        "UPDATE quarantine SET state = ?, decided_at = a.said_at
         FROM (SELECT dataset, row_key, max(fetched_at) AS said_at FROM answered GROUP BY ALL) a
         WHERE state = ? AND quarantine.source = ? AND quarantine.dataset = a.dataset
           AND quarantine.row_key = a.row_key AND quarantine.fetched_at < a.said_at",
        params![SUPERSEDED, HELD, source],
    )?;
    Ok(changed > 0)
}

fn supersede(conn: &Connection, table: &Table, source: &str, good: &str) -> Result<bool, WarehouseError> {
    let changed = conn.execute(
        &format!(
            "UPDATE quarantine SET state = ?, decided_at = g.said_at
             FROM (SELECT row_key, max(said_at) AS said_at FROM ({good}) GROUP BY ALL) g
             WHERE state = ? AND quarantine.source = ? AND {} AND quarantine.row_key = g.row_key
               AND g.said_at >= quarantine.fetched_at",
            is_table("quarantine.dataset", table)
        ),
        params![SUPERSEDED, HELD, source],
    )?;
    Ok(changed > 0)
}

/// Whether rows of `source` are held that could not be read.
pub(crate) fn any_unread(conn: &Connection, source: &str) -> Result<bool, WarehouseError> {
    any_held(conn, source, &format!("starts_with(row_key, '{REQUEST}')"))
}

fn any_held(conn: &Connection, source: &str, condition: &str) -> Result<bool, WarehouseError> {
    let sql = format!("SELECT count(*) > 0 FROM quarantine WHERE state = ? AND source = ? AND {condition}");
    Ok(conn.query_row(&sql, params![HELD, source], |row| row.get(0))?)
}
