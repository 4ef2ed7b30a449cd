//! The way back from what Yahoo sends to what was traded.

use proptest::prelude::*;

use super::*;

fn rounding(code: &str, hint: Option<i64>) -> Rounding {
    Rounding::of(&code.parse().unwrap(), hint)
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(700_000 + number as i32).unwrap()
}

fn split(number: u32, numerator: u32, denominator: u32) -> Split {
    Split { ex_date: day(number), numerator: numerator.into(), denominator: denominator.into() }
}

/// What Yahoo makes of a price or an amount: divided, cut to six decimals, through a 32-bit float.
fn sent(raw: f64, ratio: f64) -> f64 {
    f64::from(((raw / ratio * 1e6).round() / 1e6) as f32)
}

#[test]
fn a_day_counts_the_splits_after_it_and_its_evening_before_those_on_it_too() {
    let splits = [split(10, 4, 1), split(20, 1, 8), split(30, 3, 2)];
    let after = |number| ratio_after(&splits, day(number));
    assert_eq!([after(9), after(10), after(19), after(20), after(30)], [0.75, 0.1875, 0.1875, 1.5, 1.0]);
    assert_eq!([ratio_before(&splits, day(10)), ratio_before(&splits, day(30))], [0.75, 1.5]);
}

#[test]
fn the_first_price_of_apple_comes_back_over_five_splits() {
    // 1980-12-12: opened at 28.75, sent as 0.128348 after 2:1, 2:1, 2:1, 7:1 and 4:1.
    assert_eq!(rounding("AAPL.US", Some(2)).price(0.128_347_992_897_033_7, 224.0), 28.75);
}

#[test]
fn fractions_of_a_dollar_keep_their_third_decimal() {
    assert_eq!(rounding("AAPL.US", Some(2)).price(f64::from(37.375_f32), 1.0), 37.375);
    assert_eq!(rounding("AAPL.US", Some(2)).price(sent(37.375, 28.0), 28.0), 37.375);
}

#[test]
fn float_noise_goes_and_real_decimals_stay() {
    for (code, hint, sent, expected) in [
        ("600519.SH", Some(2), 6.510000228881836, 6.51),
        ("GSPC.IDX", Some(2), 4193.7998046875, 4193.80),
        ("DJI.IDX", None, 39131.53125, 39131.53),
        ("USDCNY.FX", Some(4), 7.241199970245361, 7.2412),
        ("EURUSD.FX", Some(4), 1.0832972526550293, 1.083297),
        ("EURUSD.FX", None, f64::from(1.04295_f32), 1.04295),
        ("0471.HK", Some(3), f64::from(0.285_f32), 0.285),
        ("AAPL.US", Some(4), f64::from(0.0123_f32), 0.0123),
        ("AAPL.US", None, f64::from(0.00045_f32), 0.00045),
    ] {
        assert_eq!(rounding(code, hint).price(sent, 1.0), expected, "{code} {sent}");
    }
}

#[test]
fn a_share_price_with_unknown_noise_goes_to_its_tick_and_a_rate_does_not() {
    assert_eq!(rounding("AAPL.US", Some(2)).price(10.123456, 1.0), 10.12);
    assert_eq!(rounding("USDCNY.FX", Some(2)).price(7.123_456_789, 1.0), 7.123457);
}

#[test]
fn nonsense_hints_are_held_within_reason() {
    assert_eq!(rounding("AAPL.US", Some(-5)), rounding("AAPL.US", Some(2)));
    assert_eq!(rounding("AAPL.US", Some(1 << 40)), rounding("AAPL.US", None));
}

#[test]
fn a_volume_is_a_whole_number_of_shares_or_nothing() {
    assert_eq!(volume(224_000.0, 224.0), Some(1000));
    assert_eq!(volume(13.0, 0.125), Some(104));
    for nonsense in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(volume(nonsense, 1.0), None);
    }
}

proptest! {
    #[test]
    fn raw_prices_and_volumes_survive_the_way_through_any_splits(
        splits in prop::collection::vec((1_u32..30, prop::sample::select(vec![
            (2, 1), (3, 1), (4, 1), (5, 1), (7, 1), (10, 1), (20, 1), (3, 2), (5, 4), (13, 10), (1, 2), (1, 8), (1, 10), (1, 25),
        ])), 0..4),
        on in 0_u32..31,
        cents in 1_i64..5_000_000,
        shares in 0_i64..2_000_000_000,
    ) {
        let splits: Vec<Split> = splits.into_iter().map(|(at, (n, d))| split(at, n, d)).collect();
        let ratio = ratio_after(&splits, day(on));
        let raw = cents as f64 / 100.0;
        // Six decimals of the adjusted price must still hold a cent of the raw one.
        prop_assume!(ratio <= 9_000.0);
        let back = rounding("AAPL.US", Some(2)).price(sent(raw, ratio), ratio);
        prop_assert_eq!(back, raw, "over {}", ratio);
        // And what is sent again for it is what was sent before.
        prop_assert_eq!(sent(back, ratio), sent(raw, ratio));
        let adjusted_volume = (shares as f64 * ratio).round();
        let back = volume(adjusted_volume, ratio).unwrap();
        prop_assert!((back - shares).abs() as f64 <= 0.5 / ratio + 0.5, "{} shares came back as {}", shares, back);
        if ratio >= 1.0 && ratio.fract() == 0.0 {
            prop_assert_eq!(back, shares);
        }
        prop_assert!(((back as f64 * ratio).round() - adjusted_volume).abs() <= ratio.max(1.0) / 2.0);
    }

    #[test]
    fn any_number_gives_a_number_or_none_and_never_panics(adjusted in any::<f64>(), ratio in any::<f64>(), hint in any::<i64>()) {
        for code in ["AAPL.US", "GSPC.IDX", "EURUSD.FX"] {
            let rounding = rounding(code, Some(hint));
            let _ = (rounding.price(adjusted, ratio), rounding.cash(adjusted, ratio), volume(adjusted, ratio));
        }
    }
}
