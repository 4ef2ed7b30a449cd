//! The exchange's ex-right reference price.

use crate::CorporateAction;
use crate::decimal::{E8, Tick, div_half_up, to_e8};

/// The reference price on an ex-date, yuan, rounded half up to 0.01 as the exchange publishes it.
///
/// `actions` are those of **one** ex-date; several of them (an interim and an annual line) add up. Per 10 shares:
/// `(10 × previous close − cash + rights × rights price) / (10 + bonus + rights)`, computed in integers of 10⁻⁸.
/// `None` where no price comes out: inputs that are not numbers, or cash above the price.
///
/// Source: the trading rules of both exchanges (除权除息参考价); it reproduces Tushare's `pre_close` on every known
/// ex-date of 600519.
pub fn ex_right_reference(prev_close: f64, actions: &[CorporateAction]) -> Option<f64> {
    let (numerator, denominator) = reference_fraction(prev_close, actions)?;
    let cents = div_half_up(numerator * i128::from(Tick::CENT.per_unit()), denominator);
    (cents > 0).then(|| Tick::CENT.price_of(cents as i64))
}

/// The same before rounding: for markets whose exchange publishes no rounded reference, and for comparisons.
pub fn ex_right_reference_unrounded(prev_close: f64, actions: &[CorporateAction]) -> Option<f64> {
    let (numerator, denominator) = reference_fraction(prev_close, actions)?;
    (numerator > 0).then(|| numerator as f64 / denominator as f64)
}

/// The reference as an exact fraction.
fn reference_fraction(prev_close: f64, actions: &[CorporateAction]) -> Option<(i128, i128)> {
    let is_sane = |value: f64| value.is_finite() && (0.0..1e7).contains(&value);
    if !is_sane(prev_close) || prev_close == 0.0 {
        return None;
    }
    // Products of two 10⁻⁸ values, hence in units of 10⁻¹⁶.
    let mut numerator = to_e8(prev_close) * 10 * E8;
    let mut shares = 10 * E8;
    for action in actions {
        let quantities = [action.cash_per_10, action.rights_per_10, action.rights_price];
        // A reverse split takes shares away, never all of them.
        let is_split = -10.0 < action.bonus_per_10 && action.bonus_per_10 < 1e7;
        if !is_split || !quantities.into_iter().all(is_sane) {
            return None;
        }
        numerator += to_e8(action.rights_per_10) * to_e8(action.rights_price) - to_e8(action.cash_per_10) * E8;
        shares += to_e8(action.bonus_per_10) + to_e8(action.rights_per_10);
    }
    (shares > 0).then_some((numerator, shares * E8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjust::factor_step;

    fn action(cash: f64, bonus: f64, rights: f64, rights_price: f64) -> CorporateAction {
        CorporateAction {
            code: "600519.SH".parse().unwrap(),
            ex_date: "2019-06-28".parse().unwrap(),
            announced: None,
            cash_per_10: cash,
            bonus_per_10: bonus,
            rights_per_10: rights,
            rights_price,
        }
    }

    #[test]
    fn the_formula_gives_the_pre_close_of_600519() {
        // Ex-date, previous close, cash and bonus per 10; the formula's value, and Tushare's pre_close of that day.
        for (ex_date, prev_close, cash, bonus, formula, pre_close) in [
            ("2011-07-01", 212.63, 23.0, 1.0, 191.2091, 191.21),
            ("2014-06-25", 163.57, 43.74, 1.0, 144.7236, 144.72),
            ("2015-07-17", 251.59, 43.74, 1.0, 224.7418, 224.74),
            ("2017-07-07", 455.98, 67.87, 0.0, 449.1930, 449.19),
            ("2018-06-15", 786.13, 109.99, 0.0, 775.1310, 775.13),
            ("2019-06-28", 996.35, 145.39, 0.0, 981.8110, 981.81),
        ] {
            let event = [action(cash, bonus, 0.0, 0.0)];
            assert_eq!(ex_right_reference(prev_close, &event), Some(pre_close), "{ex_date}");
            let unrounded = ex_right_reference_unrounded(prev_close, &event).unwrap();
            assert!((unrounded - formula).abs() < 5e-5, "{ex_date}: {unrounded}");
        }
    }

    #[test]
    fn rights_raise_the_numerator_and_the_shares() {
        // 3 rights at 8.00 per 10: (10 × 12 + 24) / 13 = 11.0769.
        assert_eq!(ex_right_reference(12.0, &[action(0.0, 0.0, 3.0, 8.0)]), Some(11.08));
        // Rights priced above the market lift the reference, and the step falls below one.
        let lifted = ex_right_reference(12.0, &[action(0.0, 0.0, 3.0, 15.0)]).unwrap();
        assert!(factor_step(12.0, lifted) < 1.0);
    }

    #[test]
    fn lines_of_one_ex_date_add_up() {
        let lines = [action(1.0, 0.0, 0.0, 0.0), action(2.0, 1.0, 0.0, 0.0)];
        assert_eq!(ex_right_reference(10.0, &lines), ex_right_reference(10.0, &[action(3.0, 1.0, 0.0, 0.0)]));
        assert_eq!(ex_right_reference(10.0, &[]), Some(10.0));
    }

    #[test]
    fn a_reverse_split_raises_the_reference() {
        // Eight shares become one: General Electric on 2021-08-02.
        assert_eq!(ex_right_reference(12.95, &[action(0.0, -8.75, 0.0, 0.0)]), Some(103.6));
        assert_eq!(ex_right_reference(5.0, &[action(0.0, -10.0, 0.0, 0.0)]), None);
        assert_eq!(ex_right_reference(5.0, &[action(0.0, -8.0, 0.0, 0.0), action(0.0, -8.0, 0.0, 0.0)]), None);
    }

    #[test]
    fn a_half_cent_goes_up_exactly() {
        // 10.01 − 0.005 = 10.005, which as a float lies below.
        assert_eq!(ex_right_reference(10.01, &[action(0.05, 0.0, 0.0, 0.0)]), Some(10.01));
        assert_eq!(ex_right_reference(1.16, &[action(0.05, 0.0, 0.0, 0.0)]), Some(1.16));
    }

    #[test]
    fn impossible_inputs_have_no_reference() {
        assert_eq!(ex_right_reference(5.0, &[action(60.0, 0.0, 0.0, 0.0)]), None);
        assert_eq!(ex_right_reference(0.0, &[]), None);
        assert_eq!(ex_right_reference(f64::NAN, &[]), None);
        assert_eq!(ex_right_reference(5.0, &[action(f64::NAN, 0.0, 0.0, 0.0)]), None);
        assert_eq!(ex_right_reference(5.0, &[action(-1.0, 0.0, 0.0, 0.0)]), None);
    }
}
