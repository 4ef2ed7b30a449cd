//! The feature rows that follow from a code's closes: a pure function over the kernels of `market-features`.

use std::sync::Arc;

use chrono::NaiveDate;
use market_features::{Features, WINDOW, compute_all};
use market_model::Code;

use super::{CuratedRow, Point};

/// A row of `feature_daily`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FeatureRow {
    pub(crate) code: Code,
    pub(crate) date: NaiveDate,
    pub(crate) features: Features,
    pub(crate) pe_ttm: Option<f64>,
    pub(crate) pb: Option<f64>,
    pub(crate) source: Arc<str>,
}

impl FeatureRow {
    /// The numbers in the order of the table's columns.
    pub(crate) fn numbers(&self) -> [Option<f64>; 9] {
        let Features { ma_5, ma_10, ma_20, ma_60, momentum_5d, momentum_20d, volatility_20d } = self.features;
        [ma_5, ma_10, ma_20, ma_60, momentum_5d, momentum_20d, volatility_20d, self.pe_ttm, self.pb]
    }
}

/// The feature rows of those of `rows` that are on or after `first`, given the code's bars before them and the (day, PE,
/// PB) of its days, ascending.
pub(crate) fn feature_rows(
    prior: &[Point],
    rows: &[CuratedRow],
    figures: &[(NaiveDate, Option<f64>, Option<f64>)],
    first: NaiveDate,
) -> Vec<FeatureRow> {
    let wanted = &rows[rows.partition_point(|row| row.date < first)..];
    // More than a window before the first wanted row is never looked at.
    let unneeded = (prior.len() + rows.len()).saturating_sub(wanted.len() + WINDOW);
    let closes = prior.iter().map(|point| point.close).chain(rows.iter().map(|row| row.point().close));
    let features = last_features(&closes.skip(unneeded).collect::<Vec<_>>(), wanted.len());
    let figures_of = |day: NaiveDate| {
        let at = figures.binary_search_by_key(&day, |row| row.0).ok();
        at.map_or((None, None), |at| (figures[at].1, figures[at].2))
    };
    let pairs = wanted.iter().zip(features);
    pairs
        .map(|(row, features)| {
            let (pe_ttm, pb) = figures_of(row.date);
            FeatureRow { code: row.code, date: row.date, features, pe_ttm, pb, source: Arc::clone(&row.source) }
        })
        .collect()
}

/// The features of the last `wanted` of `closes` (one code, ascending, hfq), oldest first.
fn last_features(closes: &[f64], wanted: usize) -> Vec<Features> {
    let needed = (wanted + WINDOW - 1).min(closes.len());
    let mut rows = Vec::new();
    compute_all(&closes[closes.len() - needed..], &mut rows);
    rows.split_off(needed.saturating_sub(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_history_gives_the_same_bits_as_all_of_it() {
        let closes: Vec<f64> = (0..200).map(|i| 10.0 + f64::from(i % 17) * 0.37 + f64::from(i) * 0.01).collect();
        let mut all = Vec::new();
        compute_all(&closes, &mut all);
        for wanted in [0, 1, 2, 62, 150, 200] {
            assert_eq!(last_features(&closes, wanted), all[200 - wanted..]);
        }
        assert_eq!(last_features(&closes[..3], 2), all[1..3]);
    }
}
