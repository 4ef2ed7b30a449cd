//! Reads what the affected codes need: the bars to compute from, and the rows that are stored.
//!
//! A temporary table drives every query: `affected` (position, code, the first day that may differ, and the day of the
//! last curated bar before it, from which on bars are read). Positions come back instead of codes, so that nothing is
//! looked up per row.

mod bars;
mod events;
mod features;
mod known;
mod stored;

use std::{collections::HashSet, sync::Arc};

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::Code;

use super::{Bar, Context, CuratedRow, Events, Known, Point, Previous, Start, feature::FeatureRow, prior};
use crate::{WarehouseError, arrow_rows};

/// Everything about one affected code.
#[derive(Debug)]
pub(super) struct CodeData {
    pub(super) code: Code,
    /// The first day that may differ. Once [`CodeData::prior`] is known: the day after the last of it, so that days without
    /// a row in between are looked at again.
    pub(super) from: NaiveDate,
    /// Curated bars before that day, ascending; at least a feature window's worth, if the code has so many.
    pub(super) prior: Vec<Point>,
    /// Whose the last of them is.
    pub(super) prior_source: Option<Arc<str>>,
    /// What every source says of the day of the last of them.
    pub(super) known: Vec<Known>,
    /// Every source's bars from the first day on: ascending, within a day the best source's first.
    pub(super) bars: Vec<Bar>,
    pub(super) events: Events,
    /// The curated rows stored from the first day on, ascending, and whether they are the tail's.
    pub(super) stored: Vec<(CuratedRow, bool)>,
    /// Those of their days on which the base has a row, ascending.
    pub(super) sealed: Vec<NaiveDate>,
    /// The features stored from the first day on, ascending.
    pub(super) features: Vec<FeatureRow>,
    /// PE and PB of the days that have features, ascending.
    pub(super) basics: Vec<(NaiveDate, Option<f64>, Option<f64>)>,
    pub(super) listed: Option<NaiveDate>,
}

/// Reads everything about `codes`. `with_base` says whether days of the base are concerned.
pub(super) fn load(
    context: Context<'_>,
    codes: &[(Code, NaiveDate)],
    with_base: bool,
    days: &super::MarketDays,
    first_feature_day: Option<NaiveDate>,
) -> Result<Vec<CodeData>, WarehouseError> {
    let mut data: Vec<CodeData> = codes.iter().map(|(code, from)| CodeData::new(*code, *from)).collect();
    provide_affected(context.conn, &data)?;
    prior::load_prior(context, &mut data, with_base)?;
    for code in &mut data {
        code.from = code.prior.last().and_then(|last| last.date.succ_opt()).unwrap_or(code.from);
    }
    provide_affected(context.conn, &data)?;
    let mut names = Names::default();
    bars::load_bars(context, &mut data, with_base, days, &mut names)?;
    stored::load_stored(context, &mut data, with_base, &mut names)?;
    if !with_base {
        known::add_known_of_base(context, &mut data)?;
    }
    events::load_events(context, &mut data)?;
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
            prior_source: None,
            known: Vec::new(),
            bars: Vec::new(),
            events: Events::default(),
            stored: Vec::new(),
            sealed: Vec::new(),
            features: Vec::new(),
            basics: Vec::new(),
            listed: None,
        }
    }

    /// The day of the last curated bar before the first one that may differ, or that day itself where there is none: bars
    /// and curated rows are read from here on.
    fn reach(&self) -> NaiveDate {
        self.prior.last().map_or(self.from, |last| last.date)
    }

    /// Where the chain is taken up.
    ///
    /// # Errors
    /// `Other` if nobody says whose the bar before is: a row that is there has a source.
    pub(super) fn start(&self) -> Result<Start, WarehouseError> {
        let Some(point) = self.prior.last() else { return Ok(Start::First { listed: self.listed }) };
        let source = self.prior_source.clone().ok_or_else(|| {
            WarehouseError::Other(format!("the curated row of {} on {} has no source", self.code, point.date))
        })?;
        Ok(Start::After(Previous { point: *point, source, known: self.known.clone() }))
    }
}

/// The sources' names, each allocated once.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    pub(super) fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

fn provide_affected(conn: &Connection, data: &[CodeData]) -> Result<(), WarehouseError> {
    conn.execute_batch(
        "CREATE OR REPLACE TEMP TABLE affected (pos INTEGER, code VARCHAR, from_date DATE, reach_date DATE)",
    )?;
    let columns = vec![
        arrow_rows::ints((0_i32..).take(data.len())),
        arrow_rows::texts(data.iter().map(|code| code.code.as_str())),
        arrow_rows::dates(data.iter().map(|code| code.from)),
        arrow_rows::dates(data.iter().map(CodeData::reach)),
    ];
    arrow_rows::append_temp(conn, "affected", columns)
}

/// `SELECT columns` of `table` (as `x`) for the affected codes (as `a`) from `first` (a column of theirs) on; of the base
/// too, where the tail has no row with the same `key` (without one: all of it). `IN_TAIL` in `columns` says which of the two
/// a row is from.
fn merged(table: &str, columns: &str, first: &str, key: &[&str], with_base: bool) -> String {
    let part = |name: &str, anti: &str, in_tail: &str| {
        let columns = columns.replace("IN_TAIL", in_tail);
        format!(
            "SELECT {columns} FROM {name} x JOIN affected a ON a.code = x.code {anti} WHERE x.trade_date >= a.{first}"
        )
    };
    let tail = part(table, "", "true");
    if !with_base {
        return tail;
    }
    let same: Vec<_> = key.iter().map(|column| format!("t.{column} = x.{column}")).collect();
    let anti = if same.is_empty() { String::new() } else { format!("ANTI JOIN {table} t ON {}", same.join(" AND ")) };
    format!("{tail} UNION ALL {}", part(&format!("base.{table}"), &anti, "false"))
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
