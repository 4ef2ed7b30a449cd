//! How much of each data set is there, day by day.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use duckdb::Connection;
use quality_rules::DayCount;

use super::leading_fields;
use crate::{Generation, WarehouseError, raw, reader::store::sql_date, schema, whole_market_sql};

/// The data sets that come day by day, with their tables.
const DATASETS: [(&str, &str); 4] = [
    ("daily", "normalized_daily"),
    ("daily_basic", "normalized_daily_basic"),
    ("price_limit", "price_limit"),
    ("suspension", "suspension"),
];

/// The responses behind rows of the base are not in the generation.
const NO_RESPONSE: &str = "NULL::BIGINT";

/// A vendor's day.
type Key = (String, NaiveDate);

/// What is counted of it.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    rows: u64,
    /// The newest response that rows of the tail came in.
    raw_id: Option<i64>,
}

impl Generation {
    /// How many rows of each source and data set there are of each day from `from` to `to`, and which columns they came with
    /// where the response is still there and tells; in the order of data set, source and day. Of bars those of the mainland's
    /// shares are counted: other codes come when they come. Plans queries; over days in the base it reads a column of it.
    pub fn day_counts(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<DayCount>, WarehouseError> {
        if from > to {
            return Ok(Vec::new());
        }
        let mut counts = Vec::new();
        let conn = self.database.connect()?;
        for (dataset, table) in DATASETS {
            for ((source, date), count) in self.count(&conn, table, (from, to))? {
                let Count { rows, raw_id } = count;
                counts.push((DayCount { source, dataset: dataset.to_owned(), date, rows, columns: None }, raw_id));
            }
        }
        let columns = columns(&conn, self.files.tail.name(), &counts)?;
        let with_columns = |(count, raw_id): (DayCount, Option<i64>)| {
            let columns = raw_id.and_then(|raw_id| columns.get(&raw_id).cloned());
            DayCount { columns, ..count }
        };
        Ok(counts.into_iter().map(with_columns).collect())
    }

    fn count(
        &self,
        conn: &Connection,
        table: &str,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<BTreeMap<Key, Count>, WarehouseError> {
        let days = format!("trade_date BETWEEN DATE '{}' AND DATE '{}'", sql_date(from), sql_date(to));
        let shares = match table {
            "normalized_daily" => format!(" AND {}", whole_market_sql("x.code")),
            _ => String::new(),
        };
        let tail = format!("{}.{table}", self.files.tail.name());
        let mut counts = query(conn, "max(x.raw_id)", &format!("{tail} x WHERE x.{days}{shares}"))?;
        let base_last = self.base_last_day(conn)?.filter(|last| from <= *last);
        let (Some(base), Some(base_last)) = (&self.files.base, base_last) else { return Ok(counts) };
        let base = format!("{}.{table}", base.name());
        for (key, Count { rows, .. }) in query(conn, NO_RESPONSE, &format!("{base} x WHERE x.{days}{shares}"))? {
            counts.entry(key).or_default().rows += rows;
        }
        let Some(table) = schema::table(table) else { return Ok(counts) };
        let corrected = format!("FROM {tail} t WHERE t.{days} AND t.trade_date <= DATE '{base_last}'");
        let any = conn.query_row(&format!("SELECT count(*) > 0 {corrected}"), [], |row| row.get::<_, bool>(0))?;
        if any {
            let both =
                format!("{base} x SEMI JOIN ({corrected}) t ON {} WHERE x.{days}{shares}", table.same_key("t", "x"));
            for (key, Count { rows, .. }) in query(conn, NO_RESPONSE, &both)? {
                counts.entry(key).and_modify(|count| count.rows -= rows);
            }
        }
        Ok(counts)
    }
}

fn query(conn: &Connection, raw_id: &str, from: &str) -> Result<BTreeMap<Key, Count>, WarehouseError> {
    let sql = format!("SELECT x.source, x.trade_date, count(*), {raw_id} FROM {from} GROUP BY ALL");
    let mut statement = conn.prepare(&sql)?;
    let counts = statement
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), Count { rows: row.get(2)?, raw_id: row.get(3)? })))?;
    Ok(counts.collect::<Result<_, _>>()?)
}

/// The columns of the responses, by id, as far as they are in the tail and tell.
fn columns(
    conn: &Connection,
    tail: &str,
    counts: &[(DayCount, Option<i64>)],
) -> Result<HashMap<i64, Vec<String>>, WarehouseError> {
    let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (count, raw_id) in counts {
        wanted.entry(&count.source).or_default().extend(raw_id.map(|raw_id| raw_id.to_string()));
    }
    let mut columns = HashMap::new();
    let tables = raw::tables(conn, tail)?;
    for (source, ids) in wanted.iter().filter(|(_, ids)| !ids.is_empty()) {
        for table in tables.iter().filter(|table| table.starts_with(&format!("raw_{source}_"))) {
            let sql = format!(
                "SELECT id, body[1:{}] FROM {tail}.{table} WHERE source = ? AND id IN ({})",
                leading_fields::BYTES,
                ids.join(", ")
            );
            let mut statement = conn.prepare(&sql)?;
            let mut rows = statement.query([source])?;
            while let Some(row) = rows.next()? {
                let (raw_id, beginning): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
                columns.extend(leading_fields::of(&beginning).map(|fields| (raw_id, fields)));
            }
        }
    }
    Ok(columns)
}
