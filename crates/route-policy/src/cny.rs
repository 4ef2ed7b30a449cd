//! Money.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Sub, SubAssign},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount of yuan, held in nano-yuan (10⁻⁹), so that the price of one token at ¥0.001 per million tokens is a whole
/// number. Arithmetic saturates: nine billion yuan are not spent in a day, and a wrong sum must not wrap into credit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cny(i64);

/// A text that is no amount of yuan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no amount of yuan: digits with at most nine decimals, such as \"12.5\"")]
pub struct CnyError {
    text: String,
}

impl Cny {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// More than any budget.
    pub const MAX: Self = Self(i64::MAX);
    const PER_YUAN: i64 = 1_000_000_000;

    /// From nano-yuan.
    pub const fn from_nano(nano: i64) -> Self {
        Self(nano)
    }

    /// From whole yuan.
    pub const fn from_yuan(yuan: i64) -> Self {
        Self(yuan.saturating_mul(Self::PER_YUAN))
    }

    /// In nano-yuan.
    pub const fn nano(self) -> i64 {
        self.0
    }

    /// In yuan, for gauges; not for sums.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / Self::PER_YUAN as f64
    }

    /// Whether it is exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The difference, nothing where it would be negative.
    #[must_use]
    pub fn minus_to_zero(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl Add for Cny {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Cny {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Cny {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Cny {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Cny {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// In yuan without needless zeros: `500`, `0.0123`, `-1.5`.
impl fmt::Display for Cny {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (nano, per_yuan) = (self.0.unsigned_abs(), Self::PER_YUAN.unsigned_abs());
        let (yuan, rest) = (nano / per_yuan, nano % per_yuan);
        if rest == 0 {
            return write!(out, "{sign}{yuan}");
        }
        let decimals = format!("{rest:09}");
        write!(out, "{sign}{yuan}.{}", decimals.trim_end_matches('0'))
    }
}

impl FromStr for Cny {
    type Err = CnyError;

    fn from_str(text: &str) -> Result<Self, CnyError> {
        let wrong = || CnyError { text: text.to_owned() };
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (yuan, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(yuan) || !plain(decimals) || decimals.len() > 9 {
            return Err(wrong());
        }
        let yuan: i64 = yuan.parse().map_err(|_| wrong())?;
        let nano: i64 = format!("{decimals:0<9}").parse().map_err(|_| wrong())?;
        let whole = yuan.checked_mul(Self::PER_YUAN).and_then(|whole| whole.checked_add(nano)).ok_or_else(wrong)?;
        Ok(Self(if negative { -whole } else { whole }))
    }
}

/// As text in yuan: JSON numbers would round.
impl Serialize for Cny {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From text or a number in yuan.
impl<'de> Deserialize<'de> for Cny {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Yuan;
        impl de::Visitor<'_> for Yuan {
            type Value = Cny;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an amount in yuan, such as \"12.5\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cny, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, yuan: i64) -> Result<Cny, E> {
                self.visit_str(&yuan.to_string())
            }
            fn visit_u64<E: de::Error>(self, yuan: u64) -> Result<Cny, E> {
                self.visit_str(&yuan.to_string())
            }
            fn visit_f64<E: de::Error>(self, yuan: f64) -> Result<Cny, E> {
                // The shortest text that reads back as this number: what somebody typed.
                self.visit_str(&yuan.to_string())
            }
        }
        deserializer.deserialize_any(Yuan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_printed_exactly() {
        for (text, nano, printed) in [
            ("500", 500_000_000_000, "500"),
            ("0.3", 300_000_000, "0.3"),
            ("0.000000001", 1, "0.000000001"),
            ("-1.50", -1_500_000_000, "-1.5"),
            ("0", 0, "0"),
        ] {
            let amount: Cny = text.parse().unwrap();
            assert_eq!((amount.nano(), amount.to_string().as_str()), (nano, printed));
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "1e3", "0.0000000001", "NaN", "+1", "1,5", "99999999999999"] {
            assert!(text.parse::<Cny>().is_err(), "{text}");
        }
    }

    #[test]
    fn json_takes_text_and_numbers_and_gives_text() {
        for json in ["\"12.5\"", "12.5"] {
            assert_eq!(serde_json::from_str::<Cny>(json).unwrap(), Cny::from_nano(12_500_000_000));
        }
        assert_eq!(serde_json::from_str::<Cny>("500").unwrap(), Cny::from_yuan(500));
        assert_eq!(serde_json::to_string(&Cny::from_nano(12_500_000_000)).unwrap(), "\"12.5\"");
    }

    #[test]
    fn sums_saturate_instead_of_wrapping_into_credit() {
        assert_eq!(Cny::MAX + Cny::from_yuan(1), Cny::MAX);
        assert_eq!(Cny::from_yuan(1).minus_to_zero(Cny::from_yuan(2)), Cny::ZERO);
    }
}
