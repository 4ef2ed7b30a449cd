//! Notices stored keys that the vendor's whole answer for a day no longer has. They stay; a finding says so. An answer for a
//! day is about the whole market: it says nothing about indices, funds and codes abroad.

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};

use super::{
    datasets::row_key,
    stage::{Refused, STAGE},
};
use crate::{WarehouseError, arrow_rows, engine::quote, schema::Table, whole_market_sql};

/// The check's name in `quality_log`.
const CHECK: &str = "row_vanished";

/// The temporary table of the keys that the answer has, and that were refused.
const REFUSED: &str = "refused_key";

/// Keeps the keys of refused rows for [`log_vanished`]: they have not vanished.
pub(crate) fn provide_refused(conn: &Connection, refused: &[Refused]) -> Result<(), WarehouseError> {
    conn.execute_batch(&format!("CREATE OR REPLACE TEMP TABLE {REFUSED} (row_key VARCHAR)"))?;
    let keys = refused.iter().filter_map(|row| Some(row.identity.as_ref()?.row_key()));
    arrow_rows::append_temp(conn, REFUSED, vec![arrow_rows::texts(keys)])
}

/// Logs the keys of (`source`, `day`) that are stored from before `answered_at` and neither among the staged rows nor the refused ones; returns
/// how many there are. A finding is logged once, however often the answer is repeated.
pub(crate) fn log_vanished(
    conn: &Connection,
    table: &Table,
    base_last_day: Option<NaiveDate>,
    (source, day): (&str, NaiveDate),
    answered_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, WarehouseError> {
    let name = table.name;
    let mut stored = format!("SELECT t.* FROM {name} t WHERE t.trade_date = ? AND t.source = ?");
    let mut params: Vec<Box<dyn duckdb::ToSql>> = vec![Box::new(day), Box::new(source.to_owned())];
    if table.in_base && base_last_day.is_some_and(|last| day <= last) {
        stored = format!(
            "{stored} UNION ALL (SELECT b.* FROM base.{name} b ANTI JOIN {name} t ON {}
             WHERE b.trade_date = ? AND b.source = ?)",
            table.same_key("b", "t")
        );
        params.push(Box::new(day));
        params.push(Box::new(source.to_owned()));
    }
    params.push(Box::new(answered_at.naive_utc()));
    let sql = format!(
        "CREATE OR REPLACE TEMP TABLE vanished AS
         WITH stored AS ({stored})
         SELECT DISTINCT {id} AS id, v.code, v.trade_date, v.source
         FROM stored v ANTI JOIN {STAGE} s ON {key} ANTI JOIN {REFUSED} r ON r.row_key = {row_key}
         LEFT JOIN normalized_confirmation c ON c.dataset = {dataset} AND c.code = v.code
              AND c.trade_date = v.trade_date AND c.source = v.source
         WHERE greatest(v.ingested_at, coalesce(c.fetched_at, v.ingested_at)) < ? AND {shares}",
        id = finding_id(table, "v"),
        key = table.same_key("v", "s"),
        row_key = row_key(table, "v"),
        dataset = quote(name),
        shares = whole_market_sql("v.code"),
    );
    conn.execute(&sql, duckdb::params_from_iter(params.iter().map(AsRef::as_ref)))?;
    let count: u64 = conn.query_row("SELECT count(*) FROM vanished", [], |row| row.get(0))?;
    if count > 0 {
        conn.execute(
            "UPDATE quality_log SET closed_at = NULL, found_at = ?
             WHERE closed_at IS NOT NULL AND id IN (SELECT id FROM vanished)",
            params![now.naive_utc()],
        )?;
        conn.execute(
            &format!(
                "INSERT INTO quality_log
                 SELECT v.id, '{CHECK}', v.code, v.trade_date, 'warning',
                        'the vendor no longer has this row; the stored one is kept',
                        to_json({{'dataset': {}, 'source': v.source}})::VARCHAR, NULL, ?, NULL
                 FROM vanished v ANTI JOIN quality_log q ON q.id = v.id",
                quote(name)
            ),
            params![now.naive_utc()],
        )?;
    }
    Ok(count)
}

/// Closes the findings about staged rows: the vendor has them (again).
pub(crate) fn close_returned(conn: &Connection, table: &Table, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    let open = "check_name = 'row_vanished' AND closed_at IS NULL";
    let any: bool = conn.query_row(&format!("SELECT count(*) > 0 FROM quality_log WHERE {open}"), [], |r| r.get(0))?;
    if any {
        conn.execute(
            &format!(
                "UPDATE quality_log SET closed_at = ?
                 FROM {STAGE} s WHERE {open} AND quality_log.id = {} AND s.ingested_at > quality_log.found_at",
                finding_id(table, "s")
            ),
            params![now.naive_utc()],
        )?;
    }
    Ok(())
}

fn finding_id(table: &Table, alias: &str) -> String {
    format!(
        "md5(concat_ws('|', '{CHECK}', {}, {alias}.code, {alias}.trade_date::VARCHAR, {alias}.source))",
        quote(table.name)
    )
}
