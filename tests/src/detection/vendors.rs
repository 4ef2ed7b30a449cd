//! The market as each vendor's servers tell it, after its adapter has read it.

use std::sync::Arc;

use market_model::{Code, CorporateAction, DailyBar};
use upstream_simulators::Market;

/// Tushare's index among the sources, and its name. It is the preferred one.
pub(super) const TUSHARE: (u8, &str) = (0, "tushare");
/// TDX's.
pub(super) const TDX: (u8, &str) = (1, "tdx");

/// One vendor's rows of a code, ascending while nothing is broken.
#[derive(Debug, Clone)]
pub(super) struct VendorRows {
    /// Index into the sources.
    pub(super) source: u8,
    pub(super) bars: Vec<DailyBar>,
}

/// Tushare's bars: hundredths of a lot and thousandths of a thousand yuan, which are single shares and single yuan; with the
/// exchange's reference price and a factor of its own.
pub(super) fn tushare(market: &Market, code: &Code) -> VendorRows {
    VendorRows { source: TUSHARE.0, bars: market.bars(code) }
}

/// TDX's bars: whole lots, both quantities as 32-bit floats; neither reference price nor factor.
pub(super) fn tdx(market: &Market, code: &Code) -> VendorRows {
    let as_sent = |bar: DailyBar| DailyBar {
        pre_close: None,
        volume: (f64::from(((bar.volume + 50) / 100) as f32) * 100.0) as i64,
        amount: bar.amount.map(|amount| f64::from(amount as f32)),
        adj_factor: None,
        ..bar
    };
    VendorRows { source: TDX.0, bars: market.bars(code).into_iter().map(as_sent).collect() }
}

/// The corporate actions of both: TDX has them all, Tushare's list of dividends lacks rights issues.
pub(super) fn actions(
    market: &Market,
    code: &Code,
    by_tushare: bool,
    by_tdx: bool,
) -> Vec<(Arc<str>, CorporateAction)> {
    let all = market.actions(code);
    let is_dividend = |action: &&CorporateAction| action.cash_per_10 > 0.0 || action.bonus_per_10 > 0.0;
    let dividends = all.iter().filter(is_dividend).map(|action| (Arc::from(TUSHARE.1), action.clone()));
    let mut actions: Vec<(Arc<str>, CorporateAction)> = dividends.filter(|_| by_tushare).collect();
    actions.extend(all.iter().filter(|_| by_tdx).map(|action| (Arc::from(TDX.1), action.clone())));
    actions.sort_by(|(a, left), (b, right)| left.ex_date.cmp(&right.ex_date).then_with(|| a.cmp(b)));
    actions
}
