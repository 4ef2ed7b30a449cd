//! Every source's bars, those of the last curated day before the first one that may differ included.

use market_model::Code;

use super::{CodeData, Names, merged};
use crate::{
    SourcePolicy, WarehouseError, arrow_rows,
    curate::{Bar, Context, Known, MarketDays},
    is_whole_market,
};

pub(super) fn load_bars(
    context: Context<'_>,
    data: &mut [CodeData],
    with_base: bool,
    days: &MarketDays,
    names: &mut Names,
) -> Result<(), WarehouseError> {
    let columns = "a.pos, x.trade_date, x.open, x.high, x.low, x.close, x.volume, x.amount, x.pre_close, x.adj_factor, \
                   x.source, x.ingested_at";
    let sql = merged("normalized_daily", columns, "reach_date", &["code", "trade_date", "source"], with_base);
    let mut found: Vec<Vec<Bar>> = data.iter().map(|_| Vec::new()).collect();
    arrow_rows::query(context.conn, &sql, [], |columns| {
        let (at, dates, volumes) = (columns.ints(0)?, columns.dates(1)?, columns.longs(6)?);
        let raw = [columns.numbers(2)?, columns.numbers(3)?, columns.numbers(4)?, columns.numbers(5)?];
        let (amounts, pre_closes, factors) = (columns.numbers(7)?, columns.numbers(8)?, columns.numbers(9)?);
        let (sources, ingested) = (columns.texts(10)?, columns.moments(11)?);
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
                counts: false,
            };
            found[at.value(row) as usize].push(bar);
        }
        Ok(())
    })?;
    for (code, mut bars) in data.iter_mut().zip(found) {
        arrange(context, code.code, &mut bars, days);
        let before = bars.partition_point(|bar| bar.date < code.from);
        code.bars = bars.split_off(before);
        code.known = bars.iter().map(known).collect();
    }
    Ok(())
}

/// Says which bars count, and puts the best source of each day first.
fn arrange(context: Context<'_>, code: Code, bars: &mut [Bar], days: &MarketDays) {
    let is_judged = is_whole_market(&code);
    for bar in bars.iter_mut() {
        bar.counts = !is_judged || days.sources(bar.date).is_some_and(|sources| sources.contains(&*bar.source));
    }
    let order = context.options.source_policy.for_code(&code);
    bars.sort_by(|a, b| {
        let rank = |bar: &Bar| SourcePolicy::place(order, &bar.source);
        a.date.cmp(&b.date).then_with(|| rank(a).cmp(&rank(b))).then_with(|| a.source.cmp(&b.source))
    });
}

fn known(bar: &Bar) -> Known {
    Known { source: bar.source.clone(), close: bar.raw[3], vendor_factor: bar.vendor_factor }
}
