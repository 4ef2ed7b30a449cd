//! The bars before the first one that may differ: the chain is taken up after the last of them, and feature windows
//! reach back over up to sixty.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use duckdb::{Connection, arrow::array::BooleanArray};
use market_features::WINDOW;
use market_model::FactorBasis;

use super::{Context, Point, load::CodeData};
use crate::{WarehouseError, arrow_rows};

/// In so many calendar days there are at least [`WINDOW`] trading days, the longest holidays included.
const WINDOW_DAYS: u64 = 110;

/// The columns of a [`Point`], after whatever identifies the code.
pub(super) const POINT: &str = "c.trade_date, c.close, c.raw_close, c.adj_factor, c.factor_basis = 'listing'";

/// Fills [`CodeData::prior`] of every code, from the table `affected`.
pub(super) fn load_prior(context: Context<'_>, data: &mut [CodeData], with_base: bool) -> Result<(), WarehouseError> {
    let Some(earliest) = data.iter().map(|code| code.from).min() else { return Ok(()) };
    let bound = earliest.checked_sub_days(Days::new(WINDOW_DAYS)).unwrap_or(earliest);
    let range = format!("c.trade_date >= DATE '{bound}' AND c.trade_date < a.from_date");
    read(context, data, with_base, "affected", &range)?;
    if !with_base && let Some(base) = context.base {
        let recent = base.recent(context.conn)?;
        for code in data.iter_mut() {
            add_recent(code, recent.get(&code.code).map_or(&[], |recent| recent.points.as_slice()));
        }
    }
    let sparse: Vec<usize> = (0..data.len())
        .filter(|at| data[*at].prior.iter().filter(|point| point.date >= bound).count() < WINDOW - 1)
        .collect();
    if !sparse.is_empty() && has_bars_before(context, bound, with_base)? {
        provide_sparse(context.conn, data, &sparse)?;
        read(context, data, with_base, "sparse", &format!("c.trade_date < DATE '{bound}'"))?;
    }
    for code in data.iter_mut() {
        code.prior.sort_by_key(|point| point.date);
        code.prior.dedup_by_key(|point| point.date);
    }
    Ok(())
}

/// Adds the base's recent bars that the tail does not override.
fn add_recent(code: &mut CodeData, recent: &[Point]) {
    let own: BTreeSet<NaiveDate> = code.prior.iter().map(|point| point.date).collect();
    let from = code.from;
    code.prior.extend(recent.iter().filter(|point| point.date < from && !own.contains(&point.date)));
}

fn has_bars_before(context: Context<'_>, bound: NaiveDate, with_base: bool) -> Result<bool, WarehouseError> {
    let first = |name: &str| -> Result<Option<NaiveDate>, WarehouseError> {
        Ok(context.conn.query_row(&format!("SELECT min(trade_date) FROM {name}"), [], |row| row.get(0))?)
    };
    Ok(first("curated_daily")?.is_some_and(|day| day < bound)
        || with_base && first("base.curated_daily")?.is_some_and(|day| day < bound))
}

fn provide_sparse(conn: &Connection, data: &[CodeData], sparse: &[usize]) -> Result<(), WarehouseError> {
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE sparse (pos INTEGER, code VARCHAR)")?;
    let columns = vec![
        arrow_rows::ints(sparse.iter().map(|at| i32::try_from(*at).unwrap_or(i32::MAX))),
        arrow_rows::texts(sparse.iter().map(|at| data[*at].code.as_str())),
    ];
    arrow_rows::append_temp(conn, "sparse", columns)
}

fn read(
    context: Context<'_>,
    data: &mut [CodeData],
    with_base: bool,
    codes: &str,
    range: &str,
) -> Result<(), WarehouseError> {
    let mut sql = format!("SELECT a.pos, {POINT} FROM curated_daily c JOIN {codes} a ON a.code = c.code WHERE {range}");
    if with_base {
        sql = format!(
            "{sql} UNION ALL SELECT a.pos, {POINT} FROM base.curated_daily c JOIN {codes} a ON a.code = c.code
             ANTI JOIN curated_daily t ON t.code = c.code AND t.trade_date = c.trade_date WHERE {range}"
        );
    }
    arrow_rows::query(context.conn, &sql, [], |columns| {
        let at = columns.ints(0)?;
        each_point(columns, 1, |row, point| {
            data[at.value(row) as usize].prior.push(point);
            Ok(())
        })
    })
}

pub(super) fn each_point(
    columns: &arrow_rows::Columns<'_>,
    first: usize,
    mut each: impl FnMut(usize, Point) -> Result<(), WarehouseError>,
) -> Result<(), WarehouseError> {
    let dates = columns.dates(first)?;
    let [closes, raw_closes, factors] =
        [columns.numbers(first + 1)?, columns.numbers(first + 2)?, columns.numbers(first + 3)?];
    let from_listing: &BooleanArray = columns.booleans(first + 4)?;
    for row in 0..columns.rows() {
        let basis = if from_listing.value(row) { FactorBasis::Listing } else { FactorBasis::FirstBar };
        let point = Point {
            date: arrow_rows::date_of(dates.value(row)),
            close: closes.value(row),
            raw_close: raw_closes.value(row),
            factor: factors.value(row),
            basis,
        };
        each(row, point)?;
    }
    Ok(())
}
