//! The features that are stored now, and the valuation figures that go into them.

use chrono::NaiveDate;
use market_features::Features;

use super::{CodeData, Names, merged};
use crate::{
    SourcePolicy, WarehouseError, arrow_rows,
    curate::{Context, feature::FeatureRow},
};

pub(super) fn load_features(
    context: Context<'_>,
    data: &mut [CodeData],
    names: &mut Names,
) -> Result<(), WarehouseError> {
    let columns = "a.pos, x.trade_date, x.source, x.ma_5, x.ma_10, x.ma_20, x.ma_60, x.momentum_5d, x.momentum_20d, \
                   x.volatility_20d, x.pe_ttm, x.pb";
    let sql = merged("feature_daily", columns, "from_date", &[], false);
    arrow_rows::query(context.conn, &sql, [], |columns| {
        let (at, dates, sources) = (columns.ints(0)?, columns.dates(1)?, columns.texts(2)?);
        let numbers = (3..12).map(|column| columns.numbers(column)).collect::<Result<Vec<_>, _>>()?;
        for row in 0..columns.rows() {
            let number = |at: usize| arrow_rows::number_at(numbers[at], row);
            let code = &mut data[at.value(row) as usize];
            let features = Features {
                ma_5: number(0),
                ma_10: number(1),
                ma_20: number(2),
                ma_60: number(3),
                momentum_5d: number(4),
                momentum_20d: number(5),
                volatility_20d: number(6),
            };
            code.features.push(FeatureRow {
                code: code.code,
                date: arrow_rows::date_of(dates.value(row)),
                features,
                pe_ttm: number(7),
                pb: number(8),
                source: names.get(sources.value(row)),
            });
        }
        Ok(())
    })?;
    for code in data {
        code.features.sort_by_key(|row| row.date);
    }
    Ok(())
}

pub(super) fn load_basics(
    context: Context<'_>,
    data: &mut [CodeData],
    with_base: bool,
    first: NaiveDate,
) -> Result<(), WarehouseError> {
    let columns = "a.pos, x.trade_date, x.pe_ttm, x.pb, x.source";
    let sql = merged("normalized_daily_basic", columns, "from_date", &["code", "trade_date", "source"], with_base);
    let sql = format!("SELECT * FROM ({sql}) WHERE trade_date >= DATE '{first}'");
    let mut found: Vec<Vec<_>> = data.iter().map(|_| Vec::new()).collect();
    arrow_rows::query(context.conn, &sql, [], |columns| {
        let (at, dates, sources) = (columns.ints(0)?, columns.dates(1)?, columns.texts(4)?);
        let (pe, pb) = (columns.numbers(2)?, columns.numbers(3)?);
        for row in 0..columns.rows() {
            let source = sources.value(row);
            let list = context.options.source_policy.for_code(&data[at.value(row) as usize].code);
            let rank = (SourcePolicy::place(list, source), source.to_owned());
            let figures = (arrow_rows::number_at(pe, row), arrow_rows::number_at(pb, row));
            found[at.value(row) as usize].push((arrow_rows::date_of(dates.value(row)), rank, figures));
        }
        Ok(())
    })?;
    for (code, mut rows) in data.iter_mut().zip(found) {
        rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        rows.dedup_by_key(|row| row.0);
        code.basics = rows.into_iter().map(|(day, _, (pe, pb))| (day, pe, pb)).collect();
    }
    Ok(())
}
