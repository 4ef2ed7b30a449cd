//! Merges the staged rows into their table.
//!
//! Of two responses about one key the later one counts, in whatever order they are committed; where a table has one row
//! over all sources, the better source counts first. Equal values leave the stored row and its lineage alone (and note
//! that a later response confirmed them). A value that is replaced goes to `normalized_revision`, and so does one that an
//! older response brings after the newer one.

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, arrow::array::Array as _, params};

use super::{WriterOptions, stage::STAGE};
use crate::{WarehouseError, arrow_rows, engine::quote, schema::Table};

/// The temporary table with the verdict on every staged row.
const VERDICT: &str = "verdict";

/// What became of the staged rows.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) inserted: u64,
    pub(crate) replaced: u64,
    pub(crate) unchanged: u64,
    /// Code (or exchange) and day of every row that was inserted or replaced.
    pub(crate) changed: Vec<(String, Option<NaiveDate>)>,
}

/// Merges the stage into `table`. `base_last_day` is the last day of the attached base, if there is one.
pub(crate) fn merge(
    conn: &Connection,
    table: &Table,
    base_last_day: Option<NaiveDate>,
    options: &WriterOptions,
    now: DateTime<Utc>,
) -> Result<Merged, WarehouseError> {
    judge(conn, table, base_last_day, options)?;
    let (mut merged, late) = outcome(conn, table)?;
    if merged.unchanged > 0 && !table.values.is_empty() {
        confirm(conn, table)?;
    }
    if merged.replaced + late > 0 {
        keep_superseded(conn, table, now)?;
    }
    merged.unchanged += late;
    if merged.replaced > 0 {
        conn.execute_batch(&format!(
            "DELETE FROM {t} USING {VERDICT} v WHERE v.verdict = 'changed' AND {key}",
            t = table.name,
            key = table.same_key(table.name, "v"),
        ))?;
    }
    if merged.inserted + merged.replaced > 0 {
        insert(conn, table)?;
    }
    Ok(merged)
}

/// Fills [`VERDICT`]: the staged rows beside the stored row of the same key, and what is to become of them.
fn judge(
    conn: &Connection,
    table: &Table,
    base_last_day: Option<NaiveDate>,
    options: &WriterOptions,
) -> Result<(), WarehouseError> {
    let confirmed = "greatest(e.ingested_at, coalesce(c.fetched_at, e.ingested_at))";
    let is_late = if table.key.contains(&"source") {
        format!("s.ingested_at < {confirmed}")
    } else {
        format!(
            "CASE WHEN s.source = e.source THEN s.ingested_at < {confirmed} ELSE {} > {} END",
            rank(table, "s", options),
            rank(table, "e", options)
        )
    };
    let sql = format!(
        "CREATE OR REPLACE TEMP TABLE {VERDICT} AS
         WITH existing AS ({existing})
         SELECT s.*, e.source AS old_source, e.raw_id AS old_raw_id, e.ingested_at AS old_ingested_at,
                c.fetched_at AS confirmed_at, {old_row} AS old_row, {new_row} AS new_row,
                CASE WHEN e.source IS NULL THEN 'new'
                     WHEN NOT ({differs}) THEN 'same'
                     WHEN {is_late} THEN 'late'
                     ELSE 'changed' END AS verdict
         FROM {STAGE} s LEFT JOIN existing e ON {key}
         LEFT JOIN normalized_confirmation c ON {confirmation}",
        existing = existing(conn, table, base_last_day)?,
        old_row = json(table, "e"),
        new_row = json(table, "s"),
        differs = table.differs("s", "e"),
        key = table.same_key("s", "e"),
        confirmation = same_confirmation(table, "c", "e"),
    );
    Ok(conn.execute_batch(&sql)?)
}

/// The stored rows with a staged key, base and tail merged.
fn existing(conn: &Connection, table: &Table, base_last_day: Option<NaiveDate>) -> Result<String, WarehouseError> {
    let name = table.name;
    let in_tail = format!("SELECT t.* FROM {name} t SEMI JOIN {STAGE} s ON {}", table.same_key("t", "s"));
    let (Some(last_day), true) = (base_last_day, table.in_base) else { return Ok(in_tail) };
    let (first, last): (Option<NaiveDate>, Option<NaiveDate>) =
        conn.query_row(&format!("SELECT min(trade_date), max(trade_date) FROM {STAGE}"), [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(in_tail) };
    if first > last_day {
        return Ok(in_tail);
    }
    Ok(format!(
        "{in_tail} UNION ALL
         (SELECT b.* FROM base.{name} b SEMI JOIN {STAGE} s ON {} ANTI JOIN {name} t ON {}
          WHERE b.trade_date BETWEEN DATE '{first}' AND DATE '{last}')",
        table.same_key("b", "s"),
        table.same_key("b", "t"),
    ))
}

/// Remembers, of equal values, the later response.
fn confirm(conn: &Connection, table: &Table) -> Result<(), WarehouseError> {
    let newer = "v.verdict = 'same' AND v.ingested_at > coalesce(v.confirmed_at, v.old_ingested_at)";
    conn.execute_batch(&format!(
        "DELETE FROM normalized_confirmation USING {VERDICT} v WHERE {newer} AND v.confirmed_at IS NOT NULL AND {};
         INSERT INTO normalized_confirmation
         SELECT {}, v.{}, {}, {}, v.source, v.ingested_at FROM {VERDICT} v WHERE {newer}",
        same_confirmation(table, "normalized_confirmation", "v"),
        quote(table.name),
        table.code(),
        table.day("v"),
        table.detail("v"),
    ))?;
    Ok(())
}

/// Writes replaced values, and late ones of the same source, to the revision log. A late one that is there already (the
/// same response again) is not repeated.
fn keep_superseded(conn: &Connection, table: &Table, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    let columns =
        format!("{}, v.{} AS code, {} AS trade_date, v.source", quote(table.name), table.code(), table.day("v"));
    conn.execute(
        &format!(
            "INSERT INTO normalized_revision
             SELECT {columns}, v.old_row, v.old_raw_id, v.raw_id, ? FROM {VERDICT} v WHERE v.verdict = 'changed'
             UNION ALL
             SELECT {columns}, v.new_row, v.raw_id, v.old_raw_id, ? FROM {VERDICT} v
             ANTI JOIN normalized_revision r ON r.dataset = {dataset} AND r.code = v.{code} AND r.old_row = v.new_row
               AND r.source = v.source AND r.trade_date IS NOT DISTINCT FROM {day}
             WHERE v.verdict = 'late' AND v.source = v.old_source",
            dataset = quote(table.name),
            code = table.code(),
            day = table.day("v"),
        ),
        params![now.naive_utc(), now.naive_utc()],
    )?;
    Ok(())
}

fn insert(conn: &Connection, table: &Table) -> Result<(), WarehouseError> {
    let mut columns: Vec<_> = table.columns().filter(|column| *column != "source").collect();
    columns.extend(["source", "raw_id", "raw_row", "ingested_at"]);
    let columns = columns.join(", ");
    conn.execute_batch(&format!(
        "INSERT INTO {} ({columns}) SELECT {columns} FROM {VERDICT} WHERE verdict IN ('new', 'changed') ORDER BY ALL",
        table.name
    ))?;
    Ok(())
}

/// Counts the verdicts and collects the changed keys; the second value is the number of late rows.
fn outcome(conn: &Connection, table: &Table) -> Result<(Merged, u64), WarehouseError> {
    let (mut merged, mut late) = (Merged::default(), 0);
    let sql = format!("SELECT v.verdict, v.{}, {} FROM {VERDICT} v", table.code(), table.day("v"));
    arrow_rows::query(conn, &sql, [], |columns| {
        let (verdicts, codes, days) = (columns.texts(0)?, columns.texts(1)?, columns.dates(2)?);
        for row in 0..columns.rows() {
            match verdicts.value(row) {
                "new" => merged.inserted += 1,
                "changed" => merged.replaced += 1,
                "late" => late += 1,
                _ => merged.unchanged += 1,
            }
            if matches!(verdicts.value(row), "new" | "changed") {
                let day = days.is_valid(row).then(|| arrow_rows::date_of(days.value(row)));
                merged.changed.push((codes.value(row).to_owned(), day));
            }
        }
        Ok(())
    })?;
    Ok((merged, late))
}

/// A source's place by policy, then its name, as a comparable SQL value.
fn rank(table: &Table, alias: &str, options: &WriterOptions) -> String {
    debug_assert!(table.columns().any(|column| column == "exchange"), "{} is no reference table", table.name);
    options.source_policy.reference_rank(alias, "exchange")
}

/// What code, day and source do not say about a row, and the time of its response, as JSON.
pub(crate) fn json(table: &Table, alias: &str) -> String {
    let columns = table.detail_columns().chain(table.values.iter().copied()).chain(["ingested_at"]);
    let fields: Vec<_> = columns.map(|column| format!("'{column}': {alias}.{column}")).collect();
    format!("to_json({{{}}})::VARCHAR", fields.join(", "))
}

/// Whether `confirmation` is the one of `row`.
pub(crate) fn same_confirmation(table: &Table, confirmation: &str, row: &str) -> String {
    let c = confirmation;
    format!(
        "{c}.dataset = {} AND {c}.code = {row}.{} AND {c}.source = {row}.source
         AND {c}.trade_date IS NOT DISTINCT FROM {} AND {c}.detail IS NOT DISTINCT FROM {}",
        quote(table.name),
        table.code(),
        table.day(row),
        table.detail(row),
    )
}
