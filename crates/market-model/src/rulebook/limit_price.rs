//! From a limit in percent to the two prices, as the exchange computes them.

use super::limit::Limit;
use crate::decimal::Tick;

/// The lowest and highest price allowed, `(down, up)`, or `None` where there is no limit.
///
/// `reference` is the day's ex-right `pre_close`. Each price is `reference × (1 ± percent)`, rounded half up to the tick
/// in integers; a price that rounds back onto the reference moves one tick away from it (SZSE Trading Rules 2011 3.3.16,
/// SSE 2023 3.3.17), but never below one tick. `None` too for a reference that is not a positive number.
pub fn limit_prices(reference: f64, limit: Limit, tick: Tick) -> Option<(f64, f64)> {
    let Limit::Percent { up_permille, down_permille } = limit else {
        return None;
    };
    if !(reference.is_finite() && reference > 0.0) {
        return None;
    }
    let base = tick.count_of(reference).clamp(1, 1 << 50);
    let scaled = |permille: i64| (2 * base * permille + 1000).div_euclid(2000);
    let up = scaled(1000 + i64::from(up_permille)).max(base + 1);
    let down = scaled(1000 - i64::from(down_permille)).min(base - 1).max(1);
    Some((tick.price_of(down), tick.price_of(up)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Board, PriceRules};

    #[test]
    fn the_prices_are_the_exchanges_own() {
        for (reference, percent, expected) in [
            (10.00, 10, (9.00, 11.00)),
            // Half up, not half to even and not by float luck.
            (1.05, 10, (0.95, 1.16)),
            (8.72, 10, (7.85, 9.59)),
            (2.15, 10, (1.94, 2.37)),
            (4.50, 5, (4.28, 4.73)),
            (15.25, 20, (12.20, 18.30)),
            (3.35, 30, (2.35, 4.36)),
            (1688.88, 10, (1519.99, 1857.77)),
            // The exchange's own example: not [0.04, 0.04].
            (0.04, 10, (0.03, 0.05)),
            (0.01, 10, (0.01, 0.02)),
        ] {
            assert_eq!(limit_prices(reference, Limit::percent(percent), Tick::CENT), Some(expected), "{reference}");
        }
    }

    #[test]
    fn the_same_move_of_an_st_share_is_too_far_on_2026_07_05_and_allowed_on_2026_07_06() {
        let prices = |date: &str, special_treatment| {
            let limit = PriceRules::limit_on(Board::Main, special_treatment, date.parse().unwrap(), None);
            limit_prices(3.33, limit, Tick::CENT).unwrap()
        };
        assert_eq!(prices("2026-07-05", true), (3.16, 3.50));
        assert_eq!(prices("2026-07-06", true), (3.00, 3.66));
        assert_eq!(prices("2026-07-05", false), (3.00, 3.66), "an ordinary share sees no change");
    }

    #[test]
    fn a_listing_day_is_asymmetric() {
        let limit = Limit::Percent { up_permille: 440, down_permille: 360 };
        assert_eq!(limit_prices(8.37, limit, Tick::CENT), Some((5.36, 12.05)));
    }

    #[test]
    fn funds_move_in_mills() {
        assert_eq!(limit_prices(1.005, Limit::percent(10), Tick::MILL), Some((0.905, 1.106)));
    }

    #[test]
    fn without_a_limit_or_a_reference_there_are_no_prices() {
        assert_eq!(limit_prices(10.0, Limit::None, Tick::CENT), None);
        for reference in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(limit_prices(reference, Limit::percent(10), Tick::CENT), None);
        }
    }

    proptest! {
        #[test]
        fn prices_lie_on_the_tick_around_the_reference(cents in 2i64..10_000_000, up in 1u32..600, down in 1u32..600) {
            let reference = Tick::CENT.price_of(cents);
            let limit = Limit::Percent { up_permille: up, down_permille: down };
            let (low, high) = limit_prices(reference, limit, Tick::CENT).unwrap();
            prop_assert!(low < reference && reference < high);
            prop_assert!(Tick::CENT.divides(low) && Tick::CENT.divides(high));
            // Within half a tick of the exact product, or one tick from the reference.
            let exact = cents as f64 * (1.0 + f64::from(up) / 1000.0);
            let high_cents = Tick::CENT.count_of(high);
            prop_assert!((high_cents as f64 - exact).abs() <= 0.5 + 1e-6 || high_cents == cents + 1);
        }

        #[test]
        fn a_higher_reference_or_a_wider_limit_never_narrows(cents in 2i64..1_000_000, more in 0i64..1000, percent in 1u32..30) {
            let at = |cents, percent| limit_prices(Tick::CENT.price_of(cents), Limit::percent(percent), Tick::CENT).unwrap();
            let (low, high) = at(cents, percent);
            let (low_above, high_above) = at(cents + more, percent);
            prop_assert!(low <= low_above && high <= high_above);
            let (low_wide, high_wide) = at(cents, percent + 1);
            prop_assert!(low_wide <= low && high <= high_wide);
        }
    }
}
