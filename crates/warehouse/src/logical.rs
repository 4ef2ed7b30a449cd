//! The logical hash: what the business columns say, whatever the files look like.
//!
//! A row's hash is the lower half of the MD5 of its columns as text; a table's is the sum of its rows' hashes modulo
//! 2^64 beside their number. A sum does not care for order, and rows can be taken out of it again, so that the hash of
//! base and tail together costs a scan of the tail only: `base − (base rows the tail overrides) + tail`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use duckdb::Connection;

use crate::{
    WarehouseError,
    manifest::TableSum,
    schema::{HASHED_TABLES, Table},
};

/// A base that is merged under a tail: its catalog's name and what its manifest says about its tables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BaseSums<'a> {
    pub(crate) catalog: &'a str,
    pub(crate) tables: &'a BTreeMap<String, TableSum>,
}

/// Row count and sum of row hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    pub(crate) hash: u64,
}

impl Sum {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, hash: self.hash.wrapping_add(other.hash) }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self { rows: self.rows.wrapping_sub(other.rows), hash: self.hash.wrapping_sub(other.hash) }
    }
}

impl From<Sum> for TableSum {
    fn from(sum: Sum) -> Self {
        Self { rows: sum.rows, logical_hash: format!("{:016x}", sum.hash) }
    }
}

impl Sum {
    pub(crate) fn parse(sum: &TableSum) -> Result<Self, WarehouseError> {
        let hash = u64::from_str_radix(&sum.logical_hash, 16)
            .map_err(|_| WarehouseError::Other(format!("`{}` is no table hash", sum.logical_hash)))?;
        Ok(Self { rows: sum.rows, hash })
    }
}

/// Counts and hashes of every hashed table in the merged view of `tail_catalog` and `base`.
pub(crate) fn merged_sums(
    conn: &Connection,
    tail_catalog: &str,
    base: Option<BaseSums<'_>>,
) -> Result<BTreeMap<String, TableSum>, WarehouseError> {
    let mut sums = BTreeMap::new();
    for table in HASHED_TABLES {
        let tail = table_sum(conn, tail_catalog, table)?;
        let merged = match base.filter(|_| table.in_base) {
            Some(base) => {
                let stored = base.tables.get(table.name).map_or(Ok(Sum::default()), Sum::parse)?;
                stored.minus(overridden(conn, tail_catalog, base.catalog, table)?).plus(tail)
            }
            None => tail,
        };
        sums.insert(table.name.to_owned(), merged.into());
    }
    Ok(sums)
}

/// Count and hash of `table` in `catalog` alone.
pub(crate) fn table_sum(conn: &Connection, catalog: &str, table: &Table) -> Result<Sum, WarehouseError> {
    query_sum(conn, &format!("SELECT {} FROM {catalog}.{} t", aggregates(table, "t"), table.name))
}

/// Count and hash of the base's rows that the tail has another row for.
fn overridden(conn: &Connection, tail: &str, base: &str, table: &Table) -> Result<Sum, WarehouseError> {
    match overridden_rows(conn, tail, base, table)? {
        Some(rows) => query_sum(conn, &format!("SELECT {} {rows}", aggregates(table, "b"))),
        None => Ok(Sum::default()),
    }
}

/// `FROM …` that gives, as `b`, the base's rows that the tail has another row for; `None` if there can be none.
pub(crate) fn overridden_rows(
    conn: &Connection,
    tail: &str,
    base: &str,
    table: &Table,
) -> Result<Option<String>, WarehouseError> {
    let name = table.name;
    let days = |catalog: &str| -> Result<(Option<NaiveDate>, Option<NaiveDate>), WarehouseError> {
        let sql = format!("SELECT min(trade_date), max(trade_date) FROM {catalog}.{name}");
        Ok(conn.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
    };
    let ((Some(first), Some(last)), (_, Some(base_last))) = (days(tail)?, days(base)?) else { return Ok(None) };
    if first > base_last {
        return Ok(None);
    }
    Ok(Some(format!(
        "FROM {base}.{name} b SEMI JOIN {tail}.{name} t ON {} \
         WHERE b.trade_date BETWEEN DATE '{first}' AND DATE '{last}'",
        table.same_key("t", "b"),
    )))
}

fn query_sum(conn: &Connection, sql: &str) -> Result<Sum, WarehouseError> {
    Ok(conn.query_row(sql, [], |row| Ok(Sum { rows: row.get(0)?, hash: row.get(1)? }))?)
}

/// Count and hash of the rows named `alias`, as two SQL aggregates.
pub(crate) fn aggregates(table: &Table, alias: &str) -> String {
    format!("count(*)::UBIGINT, {}", hash_of(table.columns(), alias))
}

/// The sum of the hashes of the rows named `alias` over `columns`, as an SQL aggregate.
pub(crate) fn hash_of<'a>(columns: impl Iterator<Item = &'a str>, alias: &str) -> String {
    // U+001F between columns and U+001E for NULL: neither occurs in a code, a date, a number or a name.
    let columns: Vec<_> = columns.map(|column| format!("coalesce({alias}.{column}::VARCHAR, chr(30))")).collect();
    let hash = format!("md5_number_lower(concat_ws(chr(31), {}))", columns.join(", "));
    format!("coalesce(sum({hash}) % 18446744073709551616::HUGEINT, 0)::UBIGINT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn two_databases() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        conn.execute_batch("ATTACH ':memory:' AS base; ATTACH ':memory:' AS whole;").unwrap();
        for table in HASHED_TABLES {
            for catalog in ["base", "whole"] {
                let name = table.name;
                conn.execute_batch(&format!("CREATE TABLE {catalog}.{name} AS FROM memory.{name} LIMIT 0")).unwrap();
            }
        }
        conn
    }

    fn limit(day: &str, up: f64) -> String {
        format!("('600000.SH', DATE '{day}', {up}, NULL, 'tushare', 1, 2, TIMESTAMP '2024-01-01 00:00:00')")
    }

    #[test]
    fn the_hash_of_base_and_tail_is_the_hash_of_the_merged_rows() {
        let conn = two_databases();
        let (d1, d2, d3) = ("2024-01-02", "2024-01-03", "2024-01-04");
        let insert = |table: &str, rows: &[String]| {
            conn.execute_batch(&format!("INSERT INTO {table} VALUES {}", rows.join(","))).unwrap();
        };
        insert("base.price_limit", &[limit(d1, 11.0), limit(d2, 12.0)]);
        insert("memory.price_limit", &[limit(d3, 13.0), limit(d2, 99.0)]);
        insert("whole.price_limit", &[limit(d2, 99.0), limit(d3, 13.0), limit(d1, 11.0)]);
        let base = merged_sums(&conn, "base", None).unwrap();
        let merged = merged_sums(&conn, "memory", Some(BaseSums { catalog: "base", tables: &base })).unwrap();
        assert_eq!(merged, merged_sums(&conn, "whole", None).unwrap());
        assert_eq!(merged["price_limit"].rows, 3);
    }

    #[test]
    fn lineage_does_not_count_and_values_do() {
        let conn = two_databases();
        let hash = |catalog: &str| merged_sums(&conn, catalog, None).unwrap()["price_limit"].clone();
        let insert = |catalog: &str, row: &str| {
            conn.execute_batch(&format!("INSERT INTO {catalog}.price_limit VALUES {row}")).unwrap();
        };
        let row = limit("2024-01-02", 11.0);
        insert("memory", &row);
        insert("base", &row.replace("1, 2, TIMESTAMP '2024", "7, 8, TIMESTAMP '2025"));
        insert("whole", &row.replace("11", "11.01"));
        assert_eq!(hash("memory"), hash("base"));
        assert_ne!(hash("memory"), hash("whole"));
    }
}
