//! A raw price in the basis a reader asked for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The basis of prices in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adjust {
    /// As traded.
    None,
    /// Forward adjusted (前复权): the anchor day's prices are as traded, older ones are scaled to them.
    #[default]
    Qfq,
    /// Backward adjusted (后复权): the first day's prices are as traded, later ones are scaled to them. The past never
    /// changes.
    Hfq,
}

/// A text that names no [`Adjust`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown adjustment `{0}`: allowed are qfq, hfq, none")]
pub struct UnknownAdjust(
    /// The text.
    pub String,
);

impl Adjust {
    /// The text in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Qfq => "qfq",
            Self::Hfq => "hfq",
        }
    }

    /// What raw prices of a day with `factor` are multiplied by; `anchor_factor` is the factor of the anchor day and only
    /// matters to qfq. Exactly 1 for [`Adjust::None`] and for qfq on the anchor day.
    pub fn ratio(self, factor: f64, anchor_factor: f64) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Qfq => factor / anchor_factor,
            Self::Hfq => factor,
        }
    }

    /// `raw` in this basis, not rounded. [`Adjust::None`] gives `raw` itself, to the bit.
    pub fn price(self, raw: f64, factor: f64, anchor_factor: f64) -> f64 {
        raw * self.ratio(factor, anchor_factor)
    }
}

impl FromStr for Adjust {
    type Err = UnknownAdjust;

    fn from_str(text: &str) -> Result<Self, UnknownAdjust> {
        [Self::None, Self::Qfq, Self::Hfq]
            .into_iter()
            .find(|adjust| adjust.as_str() == text)
            .ok_or_else(|| UnknownAdjust(text.to_owned()))
    }
}

impl fmt::Display for Adjust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_basis_has_its_ratio() {
        assert_eq!(Adjust::None.price(8.72, 252.381, 300.0), 8.72);
        assert_eq!(Adjust::Hfq.price(8.0, 2.5, 5.0), 20.0);
        assert_eq!(Adjust::Qfq.price(8.0, 2.5, 5.0), 4.0);
    }

    #[test]
    fn qfq_leaves_the_anchor_day_as_traded() {
        for factor in [1.0, 1.1, 252.381_007, 0.97] {
            assert_eq!(Adjust::Qfq.price(8.72, factor, factor), 8.72);
        }
    }

    #[test]
    fn texts_parse_back_and_the_default_is_qfq() {
        for adjust in [Adjust::None, Adjust::Qfq, Adjust::Hfq] {
            assert_eq!(adjust.to_string().parse(), Ok(adjust));
            assert_eq!(serde_json::to_value(adjust).unwrap(), adjust.as_str());
        }
        assert_eq!(Adjust::default(), Adjust::Qfq);
        assert_eq!("QFQ".parse::<Adjust>(), Err(UnknownAdjust("QFQ".to_owned())));
    }
}
