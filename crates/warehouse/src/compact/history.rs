//! Writes the merged history of the complete days into the next base, symbol-major.

use std::collections::BTreeMap;

use duckdb::{Connection, arrow::array::RecordBatch};

use crate::{
    WarehouseError,
    base::NEXT,
    engine::quote,
    logical::{self, BaseSums},
    manifest::TableSum,
    schema::{BASE_TABLES, HASHED_TABLES, Table, table},
    writer::{BASE, Session},
};

/// So many codes are sorted at a time: the memory this needs does not grow with the history.
const CODES_AT_ONCE: usize = 100;

/// The rows of a full row group. Handed over in portions of just so many, they are written once: DuckDB's checkpoint
/// merges row groups that are not full, and the file keeps the room of what it merged.
const ROW_GROUP: usize = 122_880;

/// What [`curate`](crate::curate) wants to find quickly: for a range of codes, the first and the last bars.
const RECENT_BARS: usize = market_features::WINDOW;

/// Which of the tail's rows move: bars of (source, day) that are complete, whatever belongs to a complete day, everything
/// that is curated (that is complete by definition), every revision. `x` is the row.
pub(super) fn moves(name: &str) -> &'static str {
    match name {
        "normalized_daily" => {
            "EXISTS (FROM tail.main.partition p WHERE p.dataset = 'daily' AND p.state = 'complete'
                     AND p.source = x.source AND p.trade_date = x.trade_date)"
        }
        "curated_daily" | "normalized_revision" => "true",
        _ => {
            "EXISTS (FROM tail.main.partition p WHERE p.dataset = 'daily' AND p.state = 'complete'
                     AND p.trade_date = x.trade_date)"
        }
    }
}

/// How many of the tail's rows would move.
pub(super) fn rows_to_move(session: &Session) -> Result<u64, WarehouseError> {
    let mut rows = 0;
    for name in BASE_TABLES {
        let sql = format!("SELECT count(*) FROM {name} x WHERE {}", moves(name));
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
        let rows = if *in_base { moves(name) } else { "false" };
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
    let has_base = session.base.is_some();
    let chunks = chunks(conn, has_base)?;
    for name in BASE_TABLES {
        let mut groups = RowGroups { conn, table: name, pending: Vec::new(), rows: 0 };
        for codes in &chunks {
            let mut statement = conn.prepare(&merged(name, &range("x", codes), has_base))?;
            for batch in statement.query_arrow([])? {
                groups.push(batch)?;
            }
        }
        groups.flush(1)?;
    }
    for codes in &chunks {
        let range = range("x", codes);
        conn.execute_batch(&format!(
            "INSERT INTO {NEXT}.first_bar
             SELECT code, min(trade_date), arg_min(factor_basis, trade_date) FROM {NEXT}.curated_daily x
             WHERE {range} GROUP BY code ORDER BY code;
             INSERT INTO {NEXT}.recent_bar
             SELECT code, trade_date, close, raw_close, adj_factor, factor_basis FROM {NEXT}.curated_daily x
             WHERE {range}
             QUALIFY row_number() OVER (PARTITION BY code ORDER BY trade_date DESC) <= {RECENT_BARS}
             ORDER BY code, trade_date;"
        ))?;
    }
    conn.execute_batch(&format!(
        "INSERT INTO {NEXT}.sealed_day
         SELECT source, trade_date FROM partition WHERE dataset = 'daily' AND state = 'complete' ORDER BY ALL"
    ))?;
    Ok(())
}

/// Rows on their way into a table of the next base, in full row groups.
struct RowGroups<'a> {
    conn: &'a Connection,
    table: &'static str,
    pending: Vec<RecordBatch>,
    rows: usize,
}

impl RowGroups<'_> {
    fn push(&mut self, batch: RecordBatch) -> Result<(), WarehouseError> {
        self.rows += batch.num_rows();
        self.pending.push(batch);
        self.flush(ROW_GROUP)
    }

    /// Hands over full row groups as long as at least so many rows are waiting; a last one may be smaller.
    fn flush(&mut self, at_least: usize) -> Result<(), WarehouseError> {
        while self.rows >= at_least {
            let mut appender = self.conn.appender_to_catalog_and_db(self.table, NEXT, "main")?;
            let (mut room, mut rest) = (ROW_GROUP, Vec::new());
            for batch in self.pending.drain(..) {
                let taken = batch.num_rows().min(room);
                if taken > 0 {
                    appender.append_record_batch(batch.slice(0, taken))?;
                }
                if taken < batch.num_rows() {
                    rest.push(batch.slice(taken, batch.num_rows() - taken));
                }
                room -= taken;
            }
            appender.flush()?;
            self.pending = rest;
            self.rows -= ROW_GROUP - room;
        }
        Ok(())
    }
}

fn range(alias: &str, codes: &[String]) -> String {
    match codes {
        [first, .., last] => format!("{alias}.code BETWEEN {} AND {}", quote(first), quote(last)),
        [only] => format!("{alias}.code = {}", quote(only)),
        [] => "false".to_owned(),
    }
}

/// The merged rows of a table in the order of the base.
fn merged(name: &str, range: &str, has_base: bool) -> String {
    let tail = format!("SELECT x.* FROM {name} x WHERE {range} AND {}", moves(name));
    let order = "ORDER BY code, trade_date, source";
    let Some(table) = table(name) else {
        // Revisions have no key: both parts, as they are.
        let base =
            if has_base { format!("UNION ALL SELECT x.* FROM {BASE}.{name} x WHERE {range}") } else { String::new() };
        return format!("SELECT * FROM ({tail} {base}) {order}, superseded_at");
    };
    if !has_base {
        return format!("{tail} {order}");
    }
    format!(
        "SELECT * FROM ({tail} UNION ALL
             SELECT x.* FROM {BASE}.{name} x ANTI JOIN {name} t ON {} WHERE {range}) {order}",
        table.same_key("t", "x")
    )
}

/// Every code of base and tail, ascending, in chunks.
fn chunks(conn: &Connection, has_base: bool) -> Result<Vec<Vec<String>>, WarehouseError> {
    let mut parts: Vec<_> = BASE_TABLES.iter().map(|name| format!("SELECT code FROM {name}")).collect();
    if has_base {
        parts.extend(BASE_TABLES.iter().map(|name| format!("SELECT code FROM {BASE}.{name}")));
    }
    let mut statement = conn.prepare(&format!("{} ORDER BY code", parts.join(" UNION ")))?;
    let codes = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(codes.chunks(CODES_AT_ONCE).map(<[String]>::to_vec).collect())
}
