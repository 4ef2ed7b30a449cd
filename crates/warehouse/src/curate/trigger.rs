//! Which codes must be looked at after a commit, and from which day on.

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::NaiveDate;
use duckdb::{Connection, arrow::array::Array as _};
use market_model::{Code, FactorBasis};

use super::{Context, MarketDays, seams};
use crate::{WarehouseError, arrow_rows, is_whole_market};

/// What the commit changed in the tables that curated rows and features follow from.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Bars that were inserted or replaced.
    pub(crate) bars: Vec<(Code, NaiveDate)>,
    /// Valuation figures that were inserted or replaced.
    pub(crate) basics: Vec<(Code, NaiveDate)>,
    /// Instruments that were inserted or replaced.
    pub(crate) instruments: Vec<Code>,
    /// Corporate actions that were inserted or replaced, by ex-date.
    pub(crate) actions: Vec<(Code, NaiveDate)>,
}

/// The codes, each with the first day that may differ.
///
/// More codes or earlier days than necessary would do no harm: rows that come out equal are not written.
pub(super) fn affected(
    context: Context<'_>,
    changes: &Changes,
    before: &MarketDays,
    after: &MarketDays,
) -> Result<BTreeMap<Code, NaiveDate>, WarehouseError> {
    let mut affected = BTreeMap::new();
    let has_row = |code: &Code, day: NaiveDate| !is_whole_market(code) || after.sources(day).is_some();
    for (code, day) in &changes.bars {
        // A bar that does not count on its day still says whether its source continues the series on the next one.
        if has_row(code, *day) {
            note(&mut affected, *code, *day);
        }
    }
    let last_day = after.range().map(|(_, last)| last);
    for (code, ex_date) in &changes.actions {
        if !is_whole_market(code) || last_day.is_some_and(|last| *ex_date <= last) {
            note(&mut affected, *code, *ex_date);
        }
    }
    let first_feature_day = after.first_feature_day(context);
    for (code, day) in &changes.basics {
        if first_feature_day.is_some_and(|first| first <= *day) && has_row(code, *day) {
            note(&mut affected, *code, *day);
        }
    }
    for (code, day) in other_basis(context, &changes.instruments)? {
        note(&mut affected, code, day);
    }
    // Days that lost their features when a later day came need them again when that day is taken back; and codes whose days
    // are not judged get theirs when there is a complete day at last.
    let older_features = first_feature_day.filter(|first| before.first_feature_day(context).is_none_or(|b| *first < b));
    if let Some(from) = before.first_difference(after).into_iter().chain(older_features).min() {
        for code in codes_with_bars_since(context, from)? {
            note(&mut affected, code, from);
        }
    }
    seams::reach_back(context, &mut affected)?;
    Ok(affected)
}

fn note(affected: &mut BTreeMap<Code, NaiveDate>, code: Code, day: NaiveDate) {
    match affected.entry(code) {
        Entry::Vacant(entry) => {
            entry.insert(day);
        }
        Entry::Occupied(mut entry) => {
            let earliest = day.min(*entry.get());
            entry.insert(earliest);
        }
    }
}

fn codes_with_bars_since(context: Context<'_>, from: NaiveDate) -> Result<Vec<Code>, WarehouseError> {
    let mut sql = format!("SELECT code FROM normalized_daily WHERE trade_date >= DATE '{from}'");
    if context.base.and_then(|base| base.last_day).is_some_and(|last| from <= last) {
        sql = format!("{sql} UNION SELECT code FROM base.normalized_daily WHERE trade_date >= DATE '{from}'");
    }
    codes(context.conn, &format!("SELECT DISTINCT code FROM ({sql})"))
}

fn codes(conn: &Connection, sql: &str) -> Result<Vec<Code>, WarehouseError> {
    let mut codes = Vec::new();
    arrow_rows::query(conn, sql, [], |columns| {
        let texts = columns.texts(0)?;
        for row in 0..columns.rows() {
            codes.push(arrow_rows::parse_code(texts.value(row))?);
        }
        Ok(())
    })?;
    Ok(codes)
}

/// Of `instruments`, those whose curated rows name another factor basis than their listing day now gives, with the day
/// of their first bar.
fn other_basis(context: Context<'_>, instruments: &[Code]) -> Result<Vec<(Code, NaiveDate)>, WarehouseError> {
    if instruments.is_empty() {
        return Ok(Vec::new());
    }
    context.conn.execute_batch("CREATE OR REPLACE TEMP TABLE changed_listing (code VARCHAR)")?;
    let columns = vec![arrow_rows::texts(instruments.iter().map(Code::as_str))];
    arrow_rows::append_temp(context.conn, "changed_listing", columns)?;
    let (more_firsts, base_basis, base_join) = match context.base {
        Some(_) => (
            "UNION ALL SELECT b.code, b.trade_date AS day FROM base.first_bar b SEMI JOIN changed_listing l ON l.code = b.code",
            "b.factor_basis",
            "LEFT JOIN base.first_bar b ON b.code = f.code AND b.trade_date = f.day",
        ),
        None => ("", "NULL", ""),
    };
    let sql = format!(
        "WITH first_days AS (
             SELECT t.code, min(t.trade_date) AS day FROM curated_daily t
             SEMI JOIN changed_listing l ON l.code = t.code GROUP BY ALL {more_firsts}),
         f AS (SELECT code, min(day) AS day FROM first_days GROUP BY ALL)
         SELECT f.code, f.day, coalesce(t.factor_basis, {base_basis}) AS basis, i.listed
         FROM f JOIN instrument i ON i.code = f.code
         LEFT JOIN curated_daily t ON t.code = f.code AND t.trade_date = f.day {base_join}"
    );
    let mut found = Vec::new();
    arrow_rows::query(context.conn, &sql, [], |columns| {
        let (codes, days, bases, listed) = (columns.texts(0)?, columns.dates(1)?, columns.texts(2)?, columns.dates(3)?);
        for row in 0..columns.rows() {
            let day = arrow_rows::date_of(days.value(row));
            let listed = listed.is_valid(row).then(|| arrow_rows::date_of(listed.value(row)));
            if FactorBasis::parse(bases.value(row)) != Some(FactorBasis::of(day, listed)) {
                found.push((arrow_rows::parse_code(codes.value(row))?, day));
            }
        }
        Ok(())
    })?;
    Ok(found)
}
