//! Reads what the affected codes need: the bars to compute from, and the rows that are stored.
//!
//! Two temporary tables drive every query: `affected` (position, code, first day) and `eligible` (which source's bars
//! count on which day). Positions come back instead of codes, so that nothing is looked up per row.

mod bars;
mod features;
mod prior_vendor_factor;
mod stored;

use std::{collections::HashSet, sync::Arc};

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::Code;

use super::{Bar, Context, CuratedRow, MarketDays, Point, feature::FeatureRow, prior};
use crate::{WarehouseError, arrow_rows};

/// Everything about one affected code.
#[derive(Debug)]
pub(super) struct CodeData {
    pub(super) code: Code,
    /// The first day that may differ.
    pub(super) from: NaiveDate,
    /// Curated bars before that day, ascending; at least a feature window's worth, if the code has so many.
    pub(super) prior: Vec<Point>,
    /// The vendor's factor on the last of them, where it matters.
    pub(super) prior_vendor_factor: Option<f64>,
    /// The chosen bars from that day on, ascending.
    pub(super) bars: Vec<Bar>,
    /// The curated rows stored from that day on, ascending, and whether they are the tail's.
    pub(super) stored: Vec<(CuratedRow, bool)>,
    /// The features stored from that day on, ascending.
    pub(super) features: Vec<FeatureRow>,
    /// PE and PB of the days that have features, ascending.
    pub(super) basics: Vec<(NaiveDate, Option<f64>, Option<f64>)>,
    pub(super) listed: Option<NaiveDate>,
}

/// Fills `eligible`.
pub(super) fn provide_eligible(context: Context<'_>, days: &MarketDays) -> Result<(), WarehouseError> {
    context
        .conn
        .execute_batch("CREATE OR REPLACE TEMP TABLE eligible (trade_date DATE, source VARCHAR, place INTEGER)")?;
    let rows: Vec<_> = days.complete().flat_map(|(day, sources)| sources.iter().map(move |s| (day, s))).collect();
    let columns = vec![
        arrow_rows::dates(rows.iter().map(|row| row.0)),
        arrow_rows::texts(rows.iter().map(|row| row.1)),
        arrow_rows::ints(rows.iter().map(|row| context.options.priority_of(row.1) as i32)),
    ];
    arrow_rows::append_temp(context.conn, "eligible", columns)
}

/// Reads everything about `codes`. `with_base` says whether days of the base are concerned.
pub(super) fn load(
    context: Context<'_>,
    codes: &[(Code, NaiveDate)],
    with_base: bool,
    days: &MarketDays,
    first_feature_day: Option<NaiveDate>,
) -> Result<Vec<CodeData>, WarehouseError> {
    provide_affected(context.conn, codes)?;
    let mut data: Vec<CodeData> = codes.iter().map(|(code, from)| CodeData::new(*code, *from)).collect();
    let mut names = Names::default();
    bars::load_bars(context, &mut data, with_base, &mut names)?;
    stored::load_stored(context, &mut data, with_base, &mut names)?;
    prior::load_prior(context, &mut data, with_base)?;
    prior_vendor_factor::load_prior_vendor_factors(context, &mut data, days)?;
    if data.iter().any(|code| code.prior.is_empty()) {
        load_listed(context, &mut data)?;
    }
    if let Some(first) = first_feature_day {
        features::load_features(context, &mut data, &mut names)?;
        features::load_basics(context, &mut data, with_base, first)?;
    }
    Ok(data)
}

impl CodeData {
    fn new(code: Code, from: NaiveDate) -> Self {
        Self {
            code,
            from,
            prior: Vec::new(),
            prior_vendor_factor: None,
            bars: Vec::new(),
            stored: Vec::new(),
            features: Vec::new(),
            basics: Vec::new(),
            listed: None,
        }
    }
}

/// The sources' names, each allocated once.
#[derive(Debug, Default)]
struct Names(HashSet<Arc<str>>);

impl Names {
    fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

fn provide_affected(conn: &Connection, codes: &[(Code, NaiveDate)]) -> Result<(), WarehouseError> {
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE affected (pos INTEGER, code VARCHAR, from_date DATE)")?;
    let columns = vec![
        arrow_rows::ints((0_i32..).take(codes.len())),
        arrow_rows::texts(codes.iter().map(|(code, _)| code.as_str())),
        arrow_rows::dates(codes.iter().map(|(_, from)| *from)),
    ];
    arrow_rows::append_temp(conn, "affected", columns)
}

/// `SELECT columns` of `table` (as `x`) for the affected codes (as `a`) from their first day on; of the base too, where
/// the tail has no row with the same `key`. `IN_TAIL` in `columns` says which of the two a row is from.
fn merged(table: &str, columns: &str, more: &str, key: &[&str], with_base: bool) -> String {
    let part = |name: &str, anti: &str, in_tail: &str| {
        let columns = columns.replace("IN_TAIL", in_tail);
        format!(
            "SELECT {columns} FROM {name} x JOIN affected a ON a.code = x.code {more} {anti}
             WHERE x.trade_date >= a.from_date"
        )
    };
    let tail = part(table, "", "true");
    if !with_base {
        return tail;
    }
    let same: Vec<_> = key.iter().map(|column| format!("t.{column} = x.{column}")).collect();
    let base = part(&format!("base.{table}"), &format!("ANTI JOIN {table} t ON {}", same.join(" AND ")), "false");
    format!("{tail} UNION ALL {base}")
}

fn load_listed(context: Context<'_>, data: &mut [CodeData]) -> Result<(), WarehouseError> {
    let sql = "SELECT a.pos, i.listed FROM instrument i JOIN affected a ON a.code = i.code WHERE i.listed IS NOT NULL";
    arrow_rows::query(context.conn, sql, [], |columns| {
        let (at, listed) = (columns.ints(0)?, columns.dates(1)?);
        for row in 0..columns.rows() {
            data[at.value(row) as usize].listed = Some(arrow_rows::date_of(listed.value(row)));
        }
        Ok(())
    })
}
