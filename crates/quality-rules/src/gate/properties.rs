//! Whatever a row holds: the gate does not panic, and what it lets through is a row.

use chrono::{Days, NaiveDate};
use market_model::{CorporateAction, DailyBar, DailyBasic, FundamentalClaim, MacroObservation, Metric, PriceLimit};
use proptest::prelude::*;

use super::*;
use crate::{rules::nonpositive_price, testing::Sample};

/// Any float there is, with those that matter more often than one in 2⁶⁴.
fn number() -> impl Strategy<Value = f64> {
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, f64::MIN, -0.01];
    prop_oneof![proptest::num::f64::ANY, proptest::sample::select(special.to_vec()), 0.01..10_000.0]
}

fn maybe() -> impl Strategy<Value = Option<f64>> {
    proptest::option::of(number())
}

fn date() -> impl Strategy<Value = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(1700, 1, 1).unwrap();
    (0u64..150_000).prop_map(move |days| first + Days::new(days))
}

fn code() -> impl Strategy<Value = market_model::Code> {
    proptest::sample::select(vec!["600519.SH", "000001.SZ", "920799.BJ", "AAPL.US", "USDCNY.FX", "GSPC.IDX"])
        .prop_map(|code| code.parse().unwrap())
}

fn any_bar() -> impl Strategy<Value = DailyBar> {
    // Half of the rows have nothing but prices, so that the others decide.
    let price = || prop_oneof![number(), 0.01..10_000.0, 0.01..10_000.0, f64::MIN_POSITIVE..1.0];
    let prices = prop_oneof![
        (price().boxed(), price().boxed(), price().boxed(), price().boxed()),
        proptest::array::uniform4(0.01..10_000.0).prop_map(|[a, b, c, d]| (a, b, c, d)),
    ];
    (code(), date(), prices, maybe(), any::<i64>(), maybe(), maybe()).prop_map(
        |(code, trade_date, (open, high, low, close), pre_close, volume, amount, adj_factor)| DailyBar {
            code,
            trade_date,
            open,
            high,
            low,
            close,
            pre_close,
            volume,
            amount,
            adj_factor,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What the gate lets through is a bar, whatever else is wrong with it; what it refuses, it refuses with a reason.
    #[test]
    fn a_bar_that_passes_has_prices_and_can_be_stored(any in any_bar()) {
        let required = [any.open, any.high, any.low, any.close];
        match bar(&any) {
            Ok(()) => {
                prop_assert!(is_storable(&any));
                prop_assert!(required.iter().all(|price| *price > 0.0 && price.is_finite()));
                prop_assert!(any.volume >= 0 && any.amount.is_none_or(|amount| amount >= 0.0));
            }
            Err(refusal) => {
                prop_assert!(refusal.reason.starts_with('`') && refusal.value.contains('='), "{refusal:?}");
                prop_assert_eq!(crate::rule(refusal.rule.code), Some(refusal.rule));
            }
        }
    }

    /// What passes is no business of `nonpositive_price`.
    #[test]
    fn a_bar_that_passes_has_no_price_that_is_none(any in any_bar()) {
        if bar(&any).is_ok() {
            let mut sample = Sample::parse("code 600519.SH\nday  close\n2024-01-02  10.00");
            let row = &mut sample.rows[0];
            (row.open, row.high, row.low, row.close, row.volume) = (any.open, any.high, any.low, any.close, any.volume);
            let served = &mut sample.curated[0];
            (served.open, served.high, served.low, served.close) = (any.open, any.high, any.low, any.close);
            prop_assert_eq!(sample.findings(nonpositive_price::check, crate::Days::All), []);
        }
    }

    /// A bar of a market passes.
    #[test]
    fn a_bar_of_positive_numbers_passes(
        prices in proptest::array::uniform4(0.01..10_000.0),
        pre_close in proptest::option::of(0.0..10_000.0),
        volume in 0..i64::MAX,
        amount in proptest::option::of(0.0..1e15),
    ) {
        let [open, high, low, close] = prices;
        let trade_date = NaiveDate::from_ymd_opt(2024, 1, 2).unwrap();
        let code = "600519.SH".parse().unwrap();
        let whole = DailyBar { code, trade_date, open, high, low, close, pre_close, volume, amount, adj_factor: None };
        prop_assert_eq!(bar(&whole), Ok(()));
    }

    #[test]
    fn no_other_row_makes_the_gate_panic(
        code in code(), date in date(), a in maybe(), b in maybe(), c in number(), d in number(), e in number(), f in number(),
        text in ".{0,8}", metric in proptest::sample::select(Metric::ALL.to_vec()),
    ) {
        let figures = DailyBasic {
            code, trade_date: date, turnover_rate: a, turnover_rate_free: b, volume_ratio: a, pe: b, pe_ttm: a, pb: b, ps: a,
            ps_ttm: b, dividend_yield: a, dividend_yield_ttm: b, total_shares: a, float_shares: b, free_shares: a,
            total_value: b, float_value: a,
        };
        let all_finite = a.is_none_or(f64::is_finite) && b.is_none_or(f64::is_finite);
        prop_assert!(basic(&figures).is_err() || all_finite);
        let limits = PriceLimit { code, trade_date: date, up_limit: c, down_limit: d };
        prop_assert!(limit(&limits).is_err() || (d >= 0.0 && d <= c && c > 0.0 && c.is_finite()));
        let event = CorporateAction {
            code, ex_date: date, announced: None, cash_per_10: c, bonus_per_10: d, rights_per_10: e, rights_price: f,
        };
        prop_assert!(action(&event).is_err() || (c >= 0.0 && d > -10.0 && e >= 0.0 && f >= 0.0));
        let said = FundamentalClaim { code, period: date, metric, value: c, announced: None };
        prop_assert!(claim(&said).is_err() || c.is_finite());
        let figure = MacroObservation {
            series: text.clone(), period: date, published: None, value: c, unit: text.clone(), consensus: a, previous: b,
        };
        prop_assert!(observation(&figure).is_err() || (c.is_finite() && all_finite && !text.trim().is_empty()));
    }
}
