//! The chosen bars: of the sources that count on a day, the best one's.

use super::{CodeData, Names, merged};
use crate::{
    WarehouseError, arrow_rows,
    curate::{Bar, Context},
};

pub(super) fn load_bars(
    context: Context<'_>,
    data: &mut [CodeData],
    with_base: bool,
    names: &mut Names,
) -> Result<(), WarehouseError> {
    let sql = merged(
        "normalized_daily",
        "a.pos, x.trade_date, x.open, x.high, x.low, x.close, x.volume, x.amount, x.pre_close, x.adj_factor, x.source, \
         x.ingested_at, e.place",
        "JOIN eligible e ON e.trade_date = x.trade_date AND e.source = x.source",
        &["code", "trade_date", "source"],
        with_base,
    );
    let mut found: Vec<Vec<(i32, Bar)>> = data.iter().map(|_| Vec::new()).collect();
    arrow_rows::query(context.conn, &sql, [], |columns| {
        let (at, dates, volumes) = (columns.ints(0)?, columns.dates(1)?, columns.longs(6)?);
        let raw = [columns.numbers(2)?, columns.numbers(3)?, columns.numbers(4)?, columns.numbers(5)?];
        let (amounts, pre_closes, factors) = (columns.numbers(7)?, columns.numbers(8)?, columns.numbers(9)?);
        let (sources, ingested, places) = (columns.texts(10)?, columns.moments(11)?, columns.ints(12)?);
        for row in 0..columns.rows() {
            let bar = Bar {
                date: arrow_rows::date_of(dates.value(row)),
                raw: raw.map(|column| column.value(row)),
                volume: volumes.value(row),
                amount: arrow_rows::number_at(amounts, row).unwrap_or(f64::NAN),
                pre_close: arrow_rows::number_at(pre_closes, row),
                vendor_factor: arrow_rows::number_at(factors, row),
                source: names.get(sources.value(row)),
                ingested_at: arrow_rows::moment_at(ingested, row),
            };
            found[at.value(row) as usize].push((places.value(row), bar));
        }
        Ok(())
    })?;
    for (code, mut bars) in data.iter_mut().zip(found) {
        // The best source of each day: sources without a configured place come last, by name.
        bars.sort_by(|(p, a), (q, b)| (a.date, p, &a.source).cmp(&(b.date, q, &b.source)));
        bars.dedup_by_key(|(_, bar)| bar.date);
        code.bars = bars.into_iter().map(|(_, bar)| bar).collect();
    }
    Ok(())
}
