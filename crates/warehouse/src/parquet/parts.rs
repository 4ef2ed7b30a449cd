//! Which files a generation consists of.
//!
//! The rows of a table are those of the tail and those of the base that the tail has no other row for. The base is cut by
//! years, the tail, which is small and changes daily, by months. A file's name says what is in it, so that what has not
//! changed has the name that it had in the generation before.

use std::collections::BTreeMap;

use duckdb::Connection;

use super::manifest::ParquetColumn;
use crate::{
    WarehouseError, engine,
    logical::{self, Sum},
    manifest::BaseRef,
    schema::Table,
};

pub(super) const TAIL: &str = "tail";
pub(super) const BASE: &str = "base";

/// The partition of rows without a day.
const UNDATED: &str = "undated";

/// One file to be.
#[derive(Debug)]
pub(super) struct Part {
    /// `<table>/<name>`.
    pub(super) path: String,
    pub(super) partition: String,
    /// The query that gives its rows, in their order.
    pub(super) sql: String,
    /// What it must hold, where that is known before.
    pub(super) expected: Option<Sum>,
}

/// How finely a table of the tail is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Not,
    Year,
    Month,
}

/// The cut of a table: months where days arrive, years where years of reports lie, and none where there is little.
fn cut(table: &Table) -> Cut {
    match table.name {
        _ if table.in_base => Cut::Month,
        "feature_daily" => Cut::Month,
        "fundamental_claim" => Cut::Year,
        _ => Cut::Not,
    }
}

/// The column whose year or month is the partition; `None` for a table that is one file.
pub(super) fn partitioned_by(table: &Table) -> Option<&'static str> {
    table.date.filter(|_| cut(table) != Cut::Not)
}

/// The table's columns in the tail.
pub(super) fn columns(conn: &Connection, table: &Table) -> Result<Vec<ParquetColumn>, WarehouseError> {
    columns_in(conn, TAIL, table)
}

fn columns_in(conn: &Connection, catalog: &str, table: &Table) -> Result<Vec<ParquetColumn>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT column_name, data_type FROM duckdb_columns()
         WHERE database_name = ? AND table_name = ? ORDER BY column_index",
    )?;
    let column = |row: &duckdb::Row<'_>| Ok(ParquetColumn { name: row.get(0)?, r#type: row.get(1)? });
    Ok(statement.query_map([catalog, table.name], column)?.collect::<Result<_, _>>()?)
}

/// The files of `table`, by partition, the base's first.
pub(super) fn of(
    conn: &Connection,
    table: &Table,
    columns: &[ParquetColumn],
    base: Option<&BaseRef>,
) -> Result<Vec<Part>, WarehouseError> {
    let mut parts = match base.filter(|_| table.in_base) {
        Some(base) => of_base(conn, table, columns, base)?,
        None => Vec::new(),
    };
    parts.extend(of_tail(conn, table, columns)?);
    parts.sort_by(|a, b| a.partition.cmp(&b.partition));
    Ok(parts)
}

/// The base's years. A year in which the tail corrects rows is written again without them, under a name that says which.
fn of_base(
    conn: &Connection,
    table: &Table,
    columns: &[ParquetColumn],
    base: &BaseRef,
) -> Result<Vec<Part>, WarehouseError> {
    // An older base may lack columns that the tail has; they are NULL.
    let present = columns_in(conn, BASE, table)?;
    let of_base = |column: &ParquetColumn| match present.iter().any(|there| there.name == column.name) {
        true => format!("b.{}", column.name),
        false => format!("NULL::{} AS {}", column.r#type, column.name),
    };
    let list = columns.iter().map(of_base).collect::<Vec<_>>().join(", ");
    let corrected = corrected(conn, table)?;
    let mut parts = Vec::new();
    for (year, rows) in years(conn, table)? {
        let origin = format!("base-{}-{}", base.number, base.database.sha256.get(..8).unwrap_or_default());
        let in_year = format!("b.trade_date BETWEEN DATE '{year}-01-01' AND DATE '{year}-12-31'");
        let (origin, without) = match corrected.get(&year) {
            None => (origin, String::new()),
            Some(sum) if sum.rows == rows => continue,
            Some(sum) => {
                let months = format!("t.trade_date BETWEEN DATE '{year}-01-01' AND DATE '{year}-12-31'");
                let tail = format!("(FROM {TAIL}.{} t WHERE {months})", table.name);
                let without = format!("ANTI JOIN {tail} t ON {}", table.same_key("t", "b"));
                (format!("{origin}-less-{:016x}", sum.hash), without)
            }
        };
        // The base lies in the order of its keys; a join may lose it.
        let order = if without.is_empty() { String::new() } else { format!("ORDER BY {}", order(table, "b")) };
        parts.push(Part {
            path: format!("{}/{year}-{origin}.parquet", table.name),
            partition: year,
            sql: format!("SELECT {list} FROM {BASE}.{} b {without} WHERE {in_year} {order}", table.name),
            expected: None,
        });
    }
    Ok(parts)
}

/// The years of the base with their numbers of rows.
fn years(conn: &Connection, table: &Table) -> Result<Vec<(String, u64)>, WarehouseError> {
    let sql = format!("SELECT year(trade_date), count(*) FROM {BASE}.{} GROUP BY 1 ORDER BY 1", table.name);
    let mut statement = conn.prepare(&sql)?;
    let year = |row: &duckdb::Row<'_>| Ok((format!("{:04}", row.get::<_, i64>(0)?), row.get(1)?));
    Ok(statement.query_map([], year)?.collect::<Result<_, _>>()?)
}

/// The base's rows that the tail has another row for, by year.
fn corrected(conn: &Connection, table: &Table) -> Result<BTreeMap<String, Sum>, WarehouseError> {
    let Some(rows) = logical::overridden_rows(conn, TAIL, BASE, table)? else { return Ok(BTreeMap::new()) };
    let sql = format!("SELECT year(b.trade_date), {} {rows} GROUP BY 1", logical::aggregates(table, "b"));
    let mut statement = conn.prepare(&sql)?;
    let year = |row: &duckdb::Row<'_>| {
        Ok((format!("{:04}", row.get::<_, i64>(0)?), Sum { rows: row.get(1)?, hash: row.get(2)? }))
    };
    Ok(statement.query_map([], year)?.collect::<Result<_, _>>()?)
}

/// The tail's partitions, named by the hash of all their columns.
fn of_tail(conn: &Connection, table: &Table, columns: &[ParquetColumn]) -> Result<Vec<Part>, WarehouseError> {
    let label = |format: &str| {
        let date = table.date.unwrap_or("NULL::DATE");
        format!("coalesce(strftime(t.{date}, '{format}'), '{UNDATED}')")
    };
    let label = match cut(table) {
        Cut::Not => "'all'".to_owned(),
        Cut::Year => label("%Y"),
        Cut::Month => label("%Y-%m"),
    };
    let names = columns.iter().map(|column| column.name.as_str());
    let sql = format!(
        "SELECT {label}, {}, {} FROM {TAIL}.{} t GROUP BY 1",
        logical::aggregates(table, "t"),
        logical::hash_of(names.clone(), "t"),
        table.name
    );
    let mut statement = conn.prepare(&sql)?;
    let row = |row: &duckdb::Row<'_>| {
        let sum = Sum { rows: row.get(1)?, hash: row.get(2)? };
        Ok((row.get::<_, String>(0)?, sum, row.get::<_, u64>(3)?))
    };
    let found = statement.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
    let list = names.collect::<Vec<_>>().join(", ");
    let part = |(partition, sum, content): (String, Sum, u64)| Part {
        path: format!("{}/{partition}-tail-{content:016x}.parquet", table.name),
        sql: format!(
            "SELECT {list} FROM {TAIL}.{} t WHERE {label} = {} ORDER BY {}",
            table.name,
            engine::quote(&partition),
            order(table, "t")
        ),
        partition,
        expected: Some(sum),
    };
    Ok(found.into_iter().map(part).collect())
}

fn order(table: &Table, alias: &str) -> String {
    table.key.iter().map(|key| format!("{alias}.{key}")).collect::<Vec<_>>().join(", ")
}
