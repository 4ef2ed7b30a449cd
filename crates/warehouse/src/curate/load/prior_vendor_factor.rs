//! The vendor's factor on the day before the first bar that may differ, for the codes whose first step depends on it.

use std::sync::Arc;

use chrono::NaiveDate;

use super::CodeData;
use crate::{
    WarehouseError, arrow_rows,
    curate::{Context, MarketDays},
};

/// A source's configured place, its name, and whether the row is the base's: the least is the row that counts.
type Rank = (i32, Arc<str>, bool);

/// Fills [`CodeData::prior_vendor_factor`].
pub(super) fn load_prior_vendor_factors(
    context: Context<'_>,
    data: &mut [CodeData],
    days: &MarketDays,
) -> Result<(), WarehouseError> {
    let wanted: Vec<(usize, NaiveDate)> = data
        .iter()
        .enumerate()
        .filter_map(|(at, code)| {
            let (before, first) = (code.prior.last()?, code.bars.first()?);
            first.needs_vendor_factor(days.gap_unknown(before.date, first.date)).then_some((at, before.date))
        })
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    context.conn.execute_batch("CREATE OR REPLACE TEMP TABLE wanted (pos INTEGER, code VARCHAR, trade_date DATE)")?;
    let columns = vec![
        arrow_rows::ints(wanted.iter().map(|(at, _)| *at as i32)),
        arrow_rows::texts(wanted.iter().map(|(at, _)| data[*at].code.as_str())),
        arrow_rows::dates(wanted.iter().map(|(_, day)| *day)),
    ];
    arrow_rows::append_temp(context.conn, "wanted", columns)?;
    let mut best: Vec<Option<(Rank, Option<f64>)>> = vec![None; data.len()];
    for (catalog, in_tail) in [("base.", false), ("", true)] {
        if !in_tail && context.base.is_none() {
            continue;
        }
        let sql = format!(
            "SELECT w.pos, n.adj_factor, n.source, e.place FROM wanted w
             JOIN {catalog}normalized_daily n ON n.code = w.code AND n.trade_date = w.trade_date
             JOIN eligible e ON e.trade_date = n.trade_date AND e.source = n.source"
        );
        arrow_rows::query(context.conn, &sql, [], |columns| {
            let (at, factors) = (columns.ints(0)?, columns.numbers(1)?);
            let (sources, places) = (columns.texts(2)?, columns.ints(3)?);
            for row in 0..columns.rows() {
                let rank = (places.value(row), Arc::from(sources.value(row)), !in_tail);
                let slot = &mut best[at.value(row) as usize];
                if slot.as_ref().is_none_or(|(other, _)| rank < *other) {
                    *slot = Some((rank, arrow_rows::number_at(factors, row)));
                }
            }
            Ok(())
        })?;
    }
    for (code, best) in data.iter_mut().zip(best) {
        code.prior_vendor_factor = best.and_then(|(_, factor)| factor);
    }
    Ok(())
}
