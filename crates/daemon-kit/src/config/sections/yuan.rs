//! Amounts of money in the file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount of yuan, not negative, in nano-yuan. In the file `"12.5"` or `12.5`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Yuan(i64);

impl Yuan {
    const NANO_PER_YUAN: i64 = 1_000_000_000;
    const DECIMALS: usize = 9;

    /// From whole yuan.
    pub const fn whole(yuan: u32) -> Self {
        Self(yuan as i64 * Self::NANO_PER_YUAN)
    }

    /// In nano-yuan (10⁻⁹).
    pub const fn nano(self) -> i64 {
        self.0
    }
}

/// In yuan without needless zeros: `500`, `0.0123`.
impl fmt::Display for Yuan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (yuan, rest) = (self.0 / Self::NANO_PER_YUAN, self.0 % Self::NANO_PER_YUAN);
        if rest == 0 {
            return write!(out, "{yuan}");
        }
        let decimals = format!("{rest:09}");
        write!(out, "{yuan}.{}", decimals.trim_end_matches('0'))
    }
}

impl FromStr for Yuan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The text is not repeated: who errs by a line may have put a secret here.
        let wrong = || "is no amount of yuan: digits with at most nine decimals, as in \"12.5\"".to_owned();
        let (yuan, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(yuan) || !plain(decimals) || decimals.len() > Self::DECIMALS {
            return Err(wrong());
        }
        let yuan: i64 = yuan.parse().map_err(|_| wrong())?;
        let nano: i64 = format!("{decimals:0<9}").parse().map_err(|_| wrong())?;
        let sum = yuan.checked_mul(Self::NANO_PER_YUAN).and_then(|whole| whole.checked_add(nano));
        sum.map(Self).ok_or_else(wrong)
    }
}

impl Serialize for Yuan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Yuan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Amount)?.ok_or_else(|| de::Error::custom("\"none\" is no amount of yuan"))
    }
}

/// A bound in yuan, or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) struct YuanBound(pub(super) Option<Yuan>);

impl Serialize for YuanBound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(yuan) => yuan.serialize(serializer),
            None => serializer.serialize_str(NONE),
        }
    }
}

impl<'de> Deserialize<'de> for YuanBound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Amount).map(Self)
    }
}

const NONE: &str = "none";

/// Reads text and numbers; `None` for the word "none".
struct Amount;

impl de::Visitor<'_> for Amount {
    type Value = Option<Yuan>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an amount in yuan, as in \"12.5\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == NONE { Ok(None) } else { text.parse().map(Some).map_err(E::custom) }
    }

    fn visit_i64<E: de::Error>(self, yuan: i64) -> Result<Self::Value, E> {
        self.visit_str(&yuan.to_string())
    }

    fn visit_u64<E: de::Error>(self, yuan: u64) -> Result<Self::Value, E> {
        self.visit_str(&yuan.to_string())
    }

    fn visit_f64<E: de::Error>(self, yuan: f64) -> Result<Self::Value, E> {
        // The shortest text that reads back as this number: what somebody typed.
        self.visit_str(&yuan.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_printed_exactly() {
        for (text, nano, printed) in
            [("500", 500_000_000_000, "500"), ("0.30", 300_000_000, "0.3"), ("0.000000001", 1, "0.000000001")]
        {
            let amount: Yuan = text.parse().unwrap();
            assert_eq!((amount.nano(), amount.to_string().as_str()), (nano, printed));
        }
        for text in ["", ".", "1.", "-1", "1e3", "0.0000000001", "+1", "1,5", "99999999999999"] {
            assert!(text.parse::<Yuan>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_counts_as_its_shortest_text() {
        let read = |json: &str| serde_json::from_str::<YuanBound>(json).unwrap().0.map(Yuan::nano);
        assert_eq!((read("0.3"), read("12"), read("\"12\"")), (Some(300_000_000), Some(12_000_000_000), read("12")));
        assert_eq!(read("\"none\""), None);
        assert!(serde_json::from_str::<Yuan>("\"none\"").is_err());
    }
}
