//! Features of one day: stored, or computed by the kernels that fill the stored ones.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use duckdb::{Connection, OptionalExt};
use market_features::WINDOW;
use market_model::Code;

use super::{Bar, FeatureRow, Generation, database::Attached, store::sql_date};
use crate::WarehouseError;

/// Calendar days that hold a full window unless trading was halted for long.
const USUAL_SPAN: u64 = 150;

pub(super) fn find(
    generation: &Generation,
    code: &Code,
    date: NaiveDate,
) -> Result<Option<FeatureRow>, WarehouseError> {
    let (tail, base) = (&generation.files.tail, generation.files.base.as_ref());
    let stored = generation.database.query(|conn, _| stored(conn, tail, code, date))?;
    if stored.is_some() {
        return Ok(stored);
    }
    let bars = window(generation, code, date)?;
    let Some(last) = bars.last().filter(|bar| bar.date == date) else { return Ok(None) };
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close * bar.factor).collect();
    let features = market_features::compute_last(&closes);
    let source = generation.source_name(last.source);
    let (pe_ttm, pb) = generation.database.query(|conn, _| valuation(conn, base, tail, code, date, source))?;
    Ok(Some(FeatureRow {
        code: *code,
        trade_date: date,
        ma_5: features.ma_5,
        ma_10: features.ma_10,
        ma_20: features.ma_20,
        ma_60: features.ma_60,
        momentum_5d: features.momentum_5d,
        momentum_20d: features.momentum_20d,
        volatility_20d: features.volatility_20d,
        pe_ttm,
        pb,
        computed: true,
    }))
}

fn stored(
    conn: &Connection,
    tail: &Attached,
    code: &Code,
    date: NaiveDate,
) -> Result<Option<FeatureRow>, WarehouseError> {
    let sql = format!(
        "SELECT ma_5, ma_10, ma_20, ma_60, momentum_5d, momentum_20d, volatility_20d, pe_ttm, pb FROM {}.feature_daily \
         WHERE code = '{code}' AND trade_date = DATE '{}'",
        tail.name(),
        sql_date(date)
    );
    let row = conn.query_row(&sql, [], |row| {
        Ok(FeatureRow {
            code: *code,
            trade_date: date,
            ma_5: row.get(0)?,
            ma_10: row.get(1)?,
            ma_20: row.get(2)?,
            ma_60: row.get(3)?,
            momentum_5d: row.get(4)?,
            momentum_20d: row.get(5)?,
            volatility_20d: row.get(6)?,
            pe_ttm: row.get(7)?,
            pb: row.get(8)?,
            computed: false,
        })
    });
    Ok(row.optional()?)
}

/// The bars up to `date` that the kernels can make use of, fewer only where the code has no more.
fn window(generation: &Generation, code: &Code, date: NaiveDate) -> Result<Vec<Bar>, WarehouseError> {
    let mut bars = Vec::new();
    let usual = date.checked_sub_days(Days::new(USUAL_SPAN)).unwrap_or(NaiveDate::MIN);
    generation.bars(code, usual, date, &mut bars)?;
    if bars.len() < WINDOW {
        bars.clear();
        generation.bars(code, NaiveDate::MIN, date, &mut bars)?;
    }
    Ok(bars)
}

/// `pe_ttm` and `pb` of the day: from the vendor whose bar was chosen, else from the first by name that has them. The tail's
/// row counts where the base has the same.
fn valuation(
    conn: &Connection,
    base: Option<&Attached>,
    tail: &Attached,
    code: &Code,
    date: NaiveDate,
    source: &str,
) -> Result<(Option<f64>, Option<f64>), WarehouseError> {
    let mut by_source = BTreeMap::new();
    for database in base.into_iter().chain([tail]) {
        let mut statement = conn.prepare(&format!(
            "SELECT source, pe_ttm, pb FROM {}.normalized_daily_basic WHERE code = '{code}' AND trade_date = DATE '{}'",
            database.name(),
            sql_date(date)
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            by_source.insert(row.get::<_, String>(0)?, (row.get(1)?, row.get(2)?));
        }
    }
    let chosen = by_source.get(source).or_else(|| by_source.values().next());
    Ok(chosen.copied().unwrap_or_default())
}
