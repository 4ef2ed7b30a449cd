//! What the base says of the day of the last curated bar, for the codes whose days since lie in the tail.

use std::sync::Arc;

use chrono::NaiveDate;

use super::CodeData;
use crate::{
    WarehouseError, arrow_rows,
    curate::{Context, Known},
};

/// Completes [`CodeData::prior_source`] and [`CodeData::known`] of the codes whose last curated bar is the base's.
///
/// In ordinary operation the base's recent bars say all that matters: whose the last bar is, and its factor. Only where
/// another source comes next is the base asked for that source's bar.
pub(super) fn add_known_of_base(context: Context<'_>, data: &mut [CodeData]) -> Result<(), WarehouseError> {
    let Some(base) = context.base else { return Ok(()) };
    let recent = base.recent(context.conn)?;
    let mut wanted = Vec::new();
    let is_known = |known: &[Known], source: &Arc<str>| known.iter().any(|own| own.source == *source);
    for (at, code) in data.iter_mut().enumerate() {
        let last = code.prior.last().copied();
        let Some(last) = last.filter(|last| base.last_day.is_some_and(|day| last.date <= day)) else { continue };
        let recent = recent.get(&code.code).filter(|recent| recent.last_day() == Some(last.date));
        if let Some((source, vendor_factor)) = recent.and_then(|recent| recent.last.clone()) {
            if code.prior_source.is_none() {
                code.prior_source = Some(Arc::clone(&source));
            }
            if !is_known(&code.known, &source) {
                code.known.push(Known { source, close: last.raw_close, vendor_factor });
            }
        }
        if code.bars.iter().any(|bar| !is_known(&code.known, &bar.source)) {
            wanted.push((at, last.date));
        }
    }
    if wanted.is_empty() { Ok(()) } else { ask_base(context, data, &wanted) }
}

fn ask_base(context: Context<'_>, data: &mut [CodeData], wanted: &[(usize, NaiveDate)]) -> Result<(), WarehouseError> {
    context.conn.execute_batch("CREATE OR REPLACE TEMP TABLE wanted (pos INTEGER, code VARCHAR, trade_date DATE)")?;
    let columns = vec![
        arrow_rows::ints(wanted.iter().map(|(at, _)| *at as i32)),
        arrow_rows::texts(wanted.iter().map(|(at, _)| data[*at].code.as_str())),
        arrow_rows::dates(wanted.iter().map(|(_, day)| *day)),
    ];
    arrow_rows::append_temp(context.conn, "wanted", columns)?;
    let sql = "SELECT w.pos, n.source, n.close, n.adj_factor FROM base.normalized_daily n
               JOIN wanted w ON n.code = w.code AND n.trade_date = w.trade_date";
    arrow_rows::query(context.conn, sql, [], |columns| {
        let (at, sources) = (columns.ints(0)?, columns.texts(1)?);
        let (closes, factors) = (columns.numbers(2)?, columns.numbers(3)?);
        for row in 0..columns.rows() {
            let known = &mut data[at.value(row) as usize].known;
            // The tail's row of the same source and day wins.
            if known.iter().all(|own| &*own.source != sources.value(row)) {
                known.push(Known {
                    source: sources.value(row).into(),
                    close: closes.value(row),
                    vendor_factor: arrow_rows::number_at(factors, row),
                });
            }
        }
        Ok(())
    })
}
