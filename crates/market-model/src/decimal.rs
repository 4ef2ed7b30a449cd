//! Decimal rounding as the exchanges do it: half up, in integers.
//!
//! A price such as 1.155 has no exact binary form, so `(x * 100.0 + 0.5).floor()` is luck. Every value here first becomes
//! a whole number of 10⁻⁸, which all published prices and ratios are, and is rounded in integers from there.

/// The smallest price step, as steps per unit of currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tick {
    per_unit: u32,
}

impl Tick {
    /// 0.01: shares in yuan, Shenzhen B shares in HKD.
    pub const CENT: Self = Self { per_unit: 100 };
    /// 0.001: funds, bonds, Shanghai B shares in USD.
    pub const MILL: Self = Self { per_unit: 1000 };

    /// The step as a price, for example 0.01.
    pub fn size(self) -> f64 {
        self.price_of(1)
    }

    /// The price of `count` steps: the `f64` nearest to that decimal, the same one that parsing its text gives.
    pub fn price_of(self, count: i64) -> f64 {
        count as f64 / f64::from(self.per_unit)
    }

    /// How many steps `price` is, rounded half up.
    pub fn count_of(self, price: f64) -> i64 {
        // Far from a half, where nearly every price is, the nearest whole number is the answer.
        let steps = price * f64::from(self.per_unit);
        let nearest = steps.round();
        if (steps - nearest).abs() < 0.25 && nearest.abs() < 1e12 {
            return nearest as i64;
        }
        let count = div_half_up(to_e8(price) * i128::from(self.per_unit), E8);
        i64::try_from(count).unwrap_or(if count < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether `price` is a whole number of steps.
    pub fn divides(self, price: f64) -> bool {
        price.is_finite() && to_e8(price) * i128::from(self.per_unit) % E8 == 0
    }

    pub(crate) fn per_unit(self) -> u32 {
        self.per_unit
    }
}

/// Rounds `value` to the tick, halves up (towards +∞), as the exchanges round limit and ex-right prices.
///
/// `value` is taken as a decimal of at most eight places; anything finer is rounded there first. Infinities and NaN stay
/// what they are.
pub fn round_half_up(value: f64, tick: Tick) -> f64 {
    if !value.is_finite() {
        return value;
    }
    tick.price_of(tick.count_of(value))
}

/// Change from `previous` to `current` in percent: 10.0 to 10.5 is 5.0. Infinite or NaN where `previous` is 0.
pub fn percent_change(previous: f64, current: f64) -> f64 {
    (current - previous) / previous * 100.0
}

/// One, in units of 10⁻⁸.
pub(crate) const E8: i128 = 100_000_000;

/// `value` in whole units of 10⁻⁸, held within what the arithmetic above can multiply. NaN becomes 0: callers check first
/// where that matters.
pub(crate) fn to_e8(value: f64) -> i128 {
    (value * E8 as f64).round().clamp(-1e25, 1e25) as i128
}

/// `numerator / denominator` rounded half up; `denominator` is positive.
pub(crate) fn div_half_up(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_up_however_the_float_leans() {
        for (value, expected) in [
            (1.155, 1.16),
            (1.005, 1.01),
            (2.675, 2.68),
            (0.045, 0.05),
            (8.715, 8.72),
            (8.714_999_99, 8.71),
            (191.2091, 191.21),
            (144.7236, 144.72),
            (-1.155, -1.15),
            (0.0, 0.0),
        ] {
            assert_eq!(round_half_up(value, Tick::CENT), expected, "{value}");
        }
        assert_eq!(round_half_up(1.0005, Tick::MILL), 1.001);
    }

    #[test]
    fn values_that_are_no_prices_do_no_harm() {
        assert_eq!(round_half_up(f64::INFINITY, Tick::CENT), f64::INFINITY);
        assert!(round_half_up(f64::NAN, Tick::CENT).is_nan());
        assert_eq!(Tick::CENT.count_of(f64::MAX), i64::MAX);
        assert_eq!(Tick::MILL.count_of(f64::MIN), i64::MIN);
    }

    #[test]
    fn a_whole_number_of_ticks_is_the_float_that_its_text_parses_to() {
        for count in 1..200_000_i64 {
            let text = format!("{}.{:02}", count / 100, count % 100);
            let price: f64 = text.parse().unwrap();
            assert_eq!(Tick::CENT.price_of(count), price);
            assert_eq!(Tick::CENT.count_of(price), count);
            assert!(Tick::CENT.divides(price));
        }
    }

    #[test]
    fn off_tick_prices_are_seen() {
        assert!(!Tick::CENT.divides(8.715));
        assert!(Tick::MILL.divides(8.715));
        assert!(!Tick::CENT.divides(f64::NAN));
    }

    #[test]
    fn percent_change_is_relative_to_the_previous_value() {
        assert_eq!(percent_change(10.0, 10.5), 5.0);
        assert_eq!(percent_change(10.0, 9.0), -10.0);
    }
}
