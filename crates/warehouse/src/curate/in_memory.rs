//! Curation without a warehouse: what would be served of one code, given its rows.
//!
//! For studies and for tests that need whole histories many times over. It is the writer's own choice of bars and chain of
//! factors, of a code all of whose days count; nothing is read and nothing is stored.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use market_model::{Code, CorporateAction, DailyBar};

use super::{Bar, Chained, Events, Series, Start, chain};
use crate::SourcePolicy;

/// One code's normalized rows, in any order.
#[derive(Debug, Clone, Copy)]
pub struct CodeRows<'a> {
    /// The code.
    pub code: Code,
    /// Its listing day, where known.
    pub listed: Option<NaiveDate>,
    /// Every source's bars: at most one per source and day.
    pub bars: &'a [(Arc<str>, DailyBar)],
    /// Every source's corporate actions.
    pub actions: &'a [(Arc<str>, CorporateAction)],
}

/// A row that would be served, as traded.
#[derive(Debug, Clone, PartialEq)]
pub struct ServedRow {
    /// The day.
    pub date: NaiveDate,
    /// Whose bar it is.
    pub source: Arc<str>,
    /// Open, high, low, close, yuan.
    pub prices: [f64; 4],
    /// Shares.
    pub volume: i64,
    /// Yuan; NaN where the source has none.
    pub amount: f64,
    /// The derived cumulative factor; 1 at the first row.
    pub factor: f64,
}

/// What curation would notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Noticed {
    /// The rule's code.
    pub check: &'static str,
    /// The day.
    pub date: NaiveDate,
    /// In words.
    pub message: String,
}

/// The rows that would be served of a code, ascending, and what curation would notice about them.
pub fn curate_in_memory(rows: &CodeRows<'_>, policy: &SourcePolicy) -> (Vec<ServedRow>, Vec<Noticed>) {
    let order = policy.for_code(&rows.code);
    let mut bars: Vec<Bar> = rows.bars.iter().map(|(source, bar)| counting(source, bar)).collect();
    bars.sort_by_cached_key(|bar| (bar.date, SourcePolicy::place(order, &bar.source), Arc::clone(&bar.source)));
    let actions = rows.actions.iter().map(|(source, action)| (source, action.clone()));
    let events = Events::choose(actions, &policy.corporate_action);
    let start = Start::First { listed: rows.listed };
    let series = Series { code: rows.code, start: &start, bars: &bars, events: &events, sealed: &[] };
    let Chained { rows, findings } = chain(&series, |_, _| false);
    let served = rows.into_iter().map(|row| ServedRow {
        date: row.date,
        source: row.source,
        prices: row.raw,
        volume: row.volume,
        amount: row.amount,
        factor: row.factor,
    });
    let noticed = findings.into_iter().map(|finding| Noticed {
        check: finding.check.name(),
        date: finding.date,
        message: finding.message,
    });
    (served.collect(), noticed.collect())
}

fn counting(source: &Arc<str>, bar: &DailyBar) -> Bar {
    Bar {
        date: bar.trade_date,
        raw: [bar.open, bar.high, bar.low, bar.close],
        volume: bar.volume,
        amount: bar.amount.unwrap_or(f64::NAN),
        pre_close: bar.pre_close,
        vendor_factor: bar.adj_factor,
        source: Arc::clone(source),
        ingested_at: DateTime::UNIX_EPOCH,
        counts: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(day: u32, close: f64, pre_close: Option<f64>) -> DailyBar {
        DailyBar {
            code: "600000.SH".parse().unwrap(),
            trade_date: NaiveDate::from_ymd_opt(2024, 1, day).unwrap(),
            open: close,
            high: close,
            low: close,
            close,
            pre_close,
            volume: 100,
            amount: None,
            adj_factor: None,
        }
    }

    #[test]
    fn the_best_source_is_served_and_the_factor_follows_its_reference() {
        let (tushare, tdx): (Arc<str>, Arc<str>) = ("tushare".into(), "tdx".into());
        let bars = [
            (Arc::clone(&tdx), bar(3, 9.0, None)),
            (Arc::clone(&tushare), bar(3, 9.0, Some(8.0))),
            (Arc::clone(&tdx), bar(2, 10.0, None)),
            (tushare, bar(2, 10.0, Some(10.0))),
            (tdx, bar(4, 9.1, None)),
        ];
        let rows = CodeRows { code: bars[0].1.code, listed: None, bars: &bars, actions: &[] };
        let (served, noticed) = curate_in_memory(&rows, &SourcePolicy::default());
        let said: Vec<_> = served.iter().map(|row| (&*row.source, row.prices[3], row.factor)).collect();
        assert_eq!(said, [("tushare", 10.0, 1.0), ("tushare", 9.0, 1.25), ("tdx", 9.1, 1.25)]);
        assert!(noticed.is_empty(), "{noticed:?}");
        assert!(served.iter().all(|row| row.amount.is_nan() && row.volume == 100));
    }

    #[test]
    fn what_continues_nothing_is_noticed() {
        let (tushare, tdx): (Arc<str>, Arc<str>) = ("tushare".into(), "tdx".into());
        let bars = [
            (Arc::clone(&tushare), bar(2, 10.0, Some(10.0))),
            (Arc::clone(&tdx), bar(2, 20.0, None)),
            (tdx, bar(3, 20.2, None)),
        ];
        let rows = CodeRows { code: bars[0].1.code, listed: None, bars: &bars, actions: &[] };
        let (served, noticed) = curate_in_memory(&rows, &SourcePolicy::default());
        assert_eq!(served.len(), 1);
        assert_eq!(noticed.iter().map(|found| found.check).collect::<Vec<_>>(), ["source_seam"]);
    }
}
