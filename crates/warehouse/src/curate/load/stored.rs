//! The curated rows that are stored now, and whose the last one before them is.

use market_model::FactorBasis;

use super::{CodeData, Names, merged};
use crate::{
    WarehouseError, arrow_rows,
    curate::{Context, CuratedRow},
};

pub(super) fn load_stored(
    context: Context<'_>,
    data: &mut [CodeData],
    with_base: bool,
    names: &mut Names,
) -> Result<(), WarehouseError> {
    let columns = "a.pos, x.trade_date, x.raw_open, x.raw_high, x.raw_low, x.raw_close, x.volume, x.amount, \
                   x.adj_factor, x.source, x.ingested_at, x.factor_basis = 'listing', IN_TAIL";
    // Without a key: the base's rows come even where the tail has others, for they say which days are sealed.
    let sql = merged("curated_daily", columns, "reach_date", &[], with_base);
    arrow_rows::query(context.conn, &sql, [], |columns| {
        let (at, dates, volumes) = (columns.ints(0)?, columns.dates(1)?, columns.longs(6)?);
        let raw = [columns.numbers(2)?, columns.numbers(3)?, columns.numbers(4)?, columns.numbers(5)?];
        let (amounts, factors, sources) = (columns.numbers(7)?, columns.numbers(8)?, columns.texts(9)?);
        let (ingested, listing, in_tail) = (columns.moments(10)?, columns.booleans(11)?, columns.booleans(12)?);
        for row in 0..columns.rows() {
            let code = &mut data[at.value(row) as usize];
            let curated = CuratedRow {
                code: code.code,
                date: arrow_rows::date_of(dates.value(row)),
                raw: raw.map(|column| column.value(row)),
                volume: volumes.value(row),
                amount: arrow_rows::number_at(amounts, row).unwrap_or(f64::NAN),
                factor: factors.value(row),
                source: names.get(sources.value(row)),
                ingested_at: arrow_rows::moment_at(ingested, row),
                basis: if listing.value(row) { FactorBasis::Listing } else { FactorBasis::FirstBar },
            };
            code.stored.push((curated, in_tail.value(row)));
        }
        Ok(())
    })?;
    for code in data {
        code.stored.sort_by_key(|(row, in_tail)| (row.date, !in_tail));
        let in_base = code.stored.iter().filter(|(row, in_tail)| !in_tail && row.date >= code.from);
        code.sealed = in_base.map(|(row, _)| row.date).collect();
        code.stored.dedup_by_key(|(row, _)| row.date);
        let before = code.stored.partition_point(|(row, _)| row.date < code.from);
        let stored = code.stored.split_off(before);
        code.prior_source = code.stored.pop().map(|(row, _)| row.source);
        code.stored = stored;
    }
    Ok(())
}
