//! The end of every code's bars in a base: what a new day's rows follow from. Read once per base.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use duckdb::Connection;
use market_features::WINDOW;
use market_model::Code;

use super::{
    Point,
    load::Names,
    prior::{POINT, each_point},
};
use crate::{WarehouseError, arrow_rows};

/// The end of one code's bars.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// The last curated bars, at most [`WINDOW`], ascending.
    pub(crate) points: Vec<Point>,
    /// Of the last of them: whose it is, and what factor that source gives it.
    pub(crate) last: Option<(Arc<str>, Option<f64>)>,
}

/// By code.
pub(crate) type RecentBars = HashMap<Code, Recent>;

/// Reads them from the attached base.
pub(crate) fn load_recent(conn: &Connection) -> Result<RecentBars, WarehouseError> {
    let mut recent: RecentBars = HashMap::new();
    let mut texts: HashMap<String, Code> = HashMap::new();
    let sql = format!("SELECT {POINT}, c.code FROM base.recent_bar c");
    arrow_rows::query(conn, &sql, [], |columns| {
        let codes = columns.texts(5)?;
        each_point(columns, 0, |row, point| {
            let text = codes.value(row);
            let code = match texts.get(text) {
                Some(code) => *code,
                None => *texts.entry(text.to_owned()).or_insert(arrow_rows::parse_code(text)?),
            };
            let points = &mut recent.entry(code).or_insert_with(Recent::with_room).points;
            points.push(point);
            Ok(())
        })
    })?;
    for code in recent.values_mut() {
        code.points.sort_by_key(|point| point.date);
    }
    load_last(conn, &mut recent, &texts)?;
    Ok(recent)
}

impl Recent {
    fn with_room() -> Self {
        Self { points: Vec::with_capacity(WINDOW), last: None }
    }

    /// The day of the last bar.
    pub(super) fn last_day(&self) -> Option<NaiveDate> {
        self.points.last().map(|point| point.date)
    }
}

/// Fills [`Recent::last`]. Bases of older versions do not have it at hand: there it is looked for among all their rows.
fn load_last(conn: &Connection, recent: &mut RecentBars, texts: &HashMap<String, Code>) -> Result<(), WarehouseError> {
    let is_at_hand: bool = conn.query_row(
        "SELECT count(*) = 2 FROM duckdb_columns() WHERE database_name = 'base' AND table_name = 'recent_bar'
         AND column_name IN ('source', 'vendor_factor')",
        [],
        |row| row.get(0),
    )?;
    let (columns, joins) = if is_at_hand {
        ("r.source, r.vendor_factor", "JOIN base.recent_bar r ON r.code = l.code AND r.trade_date = l.trade_date")
    } else {
        (
            "c.source, n.adj_factor",
            "JOIN base.curated_daily c ON c.code = l.code AND c.trade_date = l.trade_date
             LEFT JOIN base.normalized_daily n
               ON n.code = l.code AND n.trade_date = l.trade_date AND n.source = c.source",
        )
    };
    let sql = format!(
        "WITH l AS (SELECT code, max(trade_date) AS trade_date FROM base.recent_bar GROUP BY code)
         SELECT l.code, {columns} FROM l {joins}"
    );
    let mut names = Names::default();
    arrow_rows::query(conn, &sql, [], |columns| {
        let (codes, sources, factors) = (columns.texts(0)?, columns.texts(1)?, columns.numbers(2)?);
        for row in 0..columns.rows() {
            let code = texts.get(codes.value(row)).and_then(|code| recent.get_mut(code));
            if let Some(code) = code {
                code.last = Some((names.get(sources.value(row)), arrow_rows::number_at(factors, row)));
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A base of one code with two rows, whose recent bars have the columns that `columns` names.
    fn base(columns: &str) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!(
            "ATTACH ':memory:' AS base;
             CREATE TABLE base.normalized_daily AS
                 SELECT '600000.SH' AS code, DATE '2024-01-02' + (n // 2)::INTEGER AS trade_date,
                        CASE n % 2 WHEN 0 THEN 'tdx' ELSE 'tushare' END AS source, n + 1.5 AS adj_factor
                 FROM range(4) t(n);
             CREATE TABLE base.curated_daily AS
                 SELECT code, trade_date, 10.0 AS close, 10.0 AS raw_close, 1.0::DOUBLE AS adj_factor,
                        'listing' AS factor_basis, source, adj_factor::DOUBLE AS vendor_factor
                 FROM base.normalized_daily WHERE source = CASE WHEN trade_date = DATE '2024-01-02' THEN 'tdx' ELSE 'tushare' END;
             CREATE TABLE base.recent_bar AS
                 SELECT code, trade_date, close::DOUBLE AS close, raw_close::DOUBLE AS raw_close, adj_factor, factor_basis
                        {columns} FROM base.curated_daily;
             ALTER TABLE base.normalized_daily ALTER adj_factor TYPE DOUBLE;"
        ))
        .unwrap();
        conn
    }

    #[test]
    fn a_base_of_an_older_version_says_the_same_of_its_last_bars() {
        for columns in [", source, vendor_factor", ""] {
            let recent = load_recent(&base(columns)).unwrap();
            let recent = &recent[&"600000.SH".parse().unwrap()];
            assert_eq!(recent.points.len(), 2);
            assert_eq!(recent.last_day(), NaiveDate::from_ymd_opt(2024, 1, 3));
            assert_eq!(recent.last, Some(("tushare".into(), Some(4.5))), "{columns:?}");
        }
    }
}
