//! Writes the merged history of the complete days into the next base, symbol-major.

use std::collections::BTreeMap;

use duckdb::Connection;

use super::Moving;
use crate::{
    WarehouseError,
    base::{NEXT, RowGroups},
    engine::quote,
    logical::{self, BaseSums},
    manifest::TableSum,
    schema::{BASE_TABLES, HASHED_TABLES, Table, table},
    writer::{BASE, Session},
};

/// So many codes are sorted at a time: the memory this needs does not grow with the history.
const CODES_AT_ONCE: usize = 100;

/// What [`curate`](crate::curate) wants to find quickly: for a range of codes, the first and the last bars.
const RECENT_BARS: usize = market_features::WINDOW;

/// How many of the tail's rows would move.
pub(super) fn rows_to_move(session: &Session) -> Result<u64, WarehouseError> {
    let mut rows = 0;
    for name in BASE_TABLES {
        let sql = format!("SELECT count(*) FROM {name} x WHERE {}", Moving::default().rows_of(name));
        rows += session.conn.query_row(&sql, [], |row| row.get::<_, u64>(0))?;
    }
    Ok(rows)
}

/// What the next base must hold, from the hash of what is there now: the merged rows without those that stay in the tail.
pub(super) fn expected_sums(session: &Session) -> Result<BTreeMap<String, TableSum>, WarehouseError> {
    let conn = &session.conn;
    // A temporary schema that holds the moving rows only, beside which the base is merged as it is beside a tail.
    conn.execute_batch("ATTACH ':memory:' AS moving")?;
    let outcome = moving_sums(session);
    conn.execute_batch("DETACH moving")?;
    let mut sums = outcome?;
    sums.retain(|name, _| table(name).is_some_and(|table| table.in_base));
    Ok(sums)
}

fn moving_sums(session: &Session) -> Result<BTreeMap<String, TableSum>, WarehouseError> {
    for Table { name, in_base, .. } in HASHED_TABLES {
        let rows = if *in_base { Moving::default().rows_of(name) } else { "false".to_owned() };
        session
            .conn
            .execute_batch(&format!("CREATE VIEW moving.{name} AS SELECT * FROM tail.main.{name} x WHERE {rows}"))?;
    }
    let base = session.base.as_ref().map(|base| BaseSums { catalog: BASE, tables: &base.manifest.tables });
    logical::merged_sums(&session.conn, "moving", base)
}

/// Fills the tables of the next base.
pub(super) fn write(session: &Session) -> Result<(), WarehouseError> {
    let conn = &session.conn;
    let chunks = chunks(session)?;
    for name in BASE_TABLES {
        write_table(session, name, &chunks, Moving::default(), None)?;
    }
    for codes in &chunks {
        let range = range("x", codes);
        conn.execute_batch(&format!(
            "INSERT INTO {NEXT}.first_bar
             SELECT code, min(trade_date), arg_min(factor_basis, trade_date) FROM {NEXT}.curated_daily x
             WHERE {range} GROUP BY code ORDER BY code;
             INSERT INTO {NEXT}.recent_bar
             WITH recent AS (
                 SELECT x.* FROM {NEXT}.curated_daily x WHERE {range}
                 QUALIFY row_number() OVER (PARTITION BY x.code ORDER BY x.trade_date DESC) <= {RECENT_BARS})
             SELECT r.code, r.trade_date, r.close, r.raw_close, r.adj_factor, r.factor_basis, r.source, n.adj_factor
             FROM recent r LEFT JOIN (SELECT x.* FROM {NEXT}.normalized_daily x WHERE {range}) n
               ON n.code = r.code AND n.trade_date = r.trade_date AND n.source = r.source
             ORDER BY r.code, r.trade_date;"
        ))?;
    }
    seal_days(conn, "tail")
}

/// Fills one table with the rows of base and tail, and with those that the query `more` gives.
pub(crate) fn write_table(
    session: &Session,
    name: &str,
    chunks: &[Vec<String>],
    moving: Moving<'_>,
    more: Option<&str>,
) -> Result<u64, WarehouseError> {
    let mut groups = RowGroups::new(&session.conn, NEXT, name);
    for codes in chunks {
        let sql = merged(name, &range("x", codes), session.base.is_some(), moving, more);
        let mut statement = session.conn.prepare(&sql)?;
        for batch in statement.query_arrow([])? {
            groups.push(batch)?;
        }
    }
    groups.finish()
}

/// Notes which days are complete according to `partition` of `catalog`: they are not taken back from now on.
pub(crate) fn seal_days(conn: &Connection, catalog: &str) -> Result<(), WarehouseError> {
    Ok(conn.execute_batch(&format!(
        "INSERT INTO {NEXT}.sealed_day SELECT source, trade_date FROM {catalog}.main.partition
         WHERE dataset = 'daily' AND state = 'complete' ORDER BY ALL"
    ))?)
}

fn range(alias: &str, codes: &[String]) -> String {
    match codes {
        [first, .., last] => format!("{alias}.code BETWEEN {} AND {}", quote(first), quote(last)),
        [only] => format!("{alias}.code = {}", quote(only)),
        [] => "false".to_owned(),
    }
}

/// The merged rows of a table in the order of the base.
fn merged(name: &str, range: &str, has_base: bool, moving: Moving<'_>, more: Option<&str>) -> String {
    let tail = format!("SELECT x.* FROM {name} x WHERE {range} AND ({})", moving.rows_of(name));
    let more = more.map_or_else(String::new, |more| format!("UNION ALL SELECT x.* FROM ({more}) x WHERE {range}"));
    let order = "ORDER BY code, trade_date, source";
    let Some(table) = table(name) else {
        // Revisions have no key: both parts, as they are.
        let base =
            if has_base { format!("UNION ALL SELECT x.* FROM {BASE}.{name} x WHERE {range}") } else { String::new() };
        return format!("SELECT * FROM ({tail} {base} {more}) {order}, superseded_at");
    };
    if !has_base {
        return format!("SELECT * FROM ({tail} {more}) {order}");
    }
    format!(
        "SELECT * FROM ({tail} UNION ALL
             SELECT x.* FROM {BASE}.{name} x ANTI JOIN (FROM {name} x WHERE {moving}) t ON {key} WHERE {range} {more}) {order}",
        moving = moving.rows_of(name),
        key = table.same_key("t", "x")
    )
}

/// Every code of base and tail, ascending, in chunks.
pub(crate) fn chunks(session: &Session) -> Result<Vec<Vec<String>>, WarehouseError> {
    let mut parts: Vec<_> = BASE_TABLES.iter().map(|name| format!("SELECT code FROM {name}")).collect();
    if session.base.is_some() {
        parts.extend(BASE_TABLES.iter().map(|name| format!("SELECT code FROM {BASE}.{name}")));
    }
    let mut statement = session.conn.prepare(&format!("{} ORDER BY code", parts.join(" UNION ")))?;
    let codes = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(codes.chunks(CODES_AT_ONCE).map(<[String]>::to_vec).collect())
}
