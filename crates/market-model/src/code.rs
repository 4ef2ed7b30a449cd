//! Instrument codes in one spelling, `SYMBOL.SUFFIX` (`600519.SH`), and the exchanges behind the suffixes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

/// Where an instrument is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exchange {
    /// Shanghai Stock Exchange, suffix `SH`.
    Sse,
    /// Shenzhen Stock Exchange, suffix `SZ`.
    Szse,
    /// Beijing Stock Exchange, suffix `BJ`.
    Bse,
    /// Hong Kong, suffix `HK`.
    Hkex,
    /// United States, suffix `US`.
    Us,
    /// A currency pair, suffix `FX` (`USDCNY.FX`).
    Fx,
    /// A foreign index that belongs to no exchange above, suffix `IDX`.
    Index,
}

impl Exchange {
    /// Every exchange, in the order of the enum.
    pub const ALL: [Self; 7] = [Self::Sse, Self::Szse, Self::Bse, Self::Hkex, Self::Us, Self::Fx, Self::Index];

    /// The suffix in our spelling, without the dot.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Sse => "SH",
            Self::Szse => "SZ",
            Self::Bse => "BJ",
            Self::Hkex => "HK",
            Self::Us => "US",
            Self::Fx => "FX",
            Self::Index => "IDX",
        }
    }

    /// The exchange's usual English abbreviation, as Tushare spells it where it has one (`SSE`, `SZSE`, `BSE`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sse => "SSE",
            Self::Szse => "SZSE",
            Self::Bse => "BSE",
            Self::Hkex => "HKEX",
            Self::Us => "US",
            Self::Fx => "FX",
            Self::Index => "INDEX",
        }
    }

    /// True for the three mainland stock exchanges, whose rules are in the rulebook.
    pub const fn is_mainland(self) -> bool {
        matches!(self, Self::Sse | Self::Szse | Self::Bse)
    }

    fn from_suffix(suffix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exchange| exchange.suffix() == suffix)
    }
}

/// A code in our spelling, such as `600519.SH`. Small, `Copy`, ordered by its text.
///
/// Equal numbers on different exchanges are different codes: `000001.SZ` is a bank, `000001.SH` an index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    // Zero padded, so that comparing the arrays compares the texts.
    bytes: [u8; Code::MAX_LEN],
}

/// Why a text is not a [`Code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// No suffix at all.
    #[error("code `{0}` has no exchange suffix: write 600519.SH, 000001.SZ or 920799.BJ")]
    NoSuffix(String),
    /// A suffix nobody knows.
    #[error("code `{code}` has the unknown suffix `{suffix}`: allowed are SH, SZ, BJ, HK, US, FX, IDX")]
    UnknownSuffix {
        /// The whole text.
        code: String,
        /// The part after the last dot.
        suffix: String,
    },
    /// The part before the suffix is impossible on that exchange.
    #[error("code `{code}` is malformed: {expected}")]
    Malformed {
        /// The whole text.
        code: String,
        /// What is allowed there.
        expected: &'static str,
    },
}

impl Code {
    /// The longest text a code can have, in bytes.
    pub const MAX_LEN: usize = 16;

    /// Builds a code from its symbol (`600519`) and exchange.
    pub fn new(symbol: &str, exchange: Exchange) -> Result<Self, CodeError> {
        let text = format!("{symbol}.{}", exchange.suffix());
        let malformed = |expected| CodeError::Malformed { code: text.clone(), expected };
        if exchange.is_mainland() && !(symbol.len() == 6 && symbol.bytes().all(|b| b.is_ascii_digit())) {
            return Err(malformed("a mainland symbol has exactly six digits"));
        }
        let canonical_hk = matches!(symbol.as_bytes(), [_, _, _, _] | [b'1'..=b'9', _, _, _, _]);
        if exchange == Exchange::Hkex && !(canonical_hk && symbol.bytes().all(|b| b.is_ascii_digit())) {
            return Err(malformed("a Hong Kong symbol has four digits, or five that do not start with 0"));
        }
        if exchange == Exchange::Fx && !(symbol.len() == 6 && symbol.bytes().all(|b| b.is_ascii_uppercase())) {
            return Err(malformed("a currency pair has exactly six capitals"));
        }
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        if symbol.is_empty() || !symbol.bytes().all(allowed) {
            return Err(malformed("a symbol consists of the characters A-Z, 0-9, `-` and `.`"));
        }
        if text.len() > Self::MAX_LEN {
            return Err(malformed("a code has at most 16 characters"));
        }
        let mut bytes = [0; Self::MAX_LEN];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }

    /// The text, for example `600519.SH`.
    pub fn as_str(&self) -> &str {
        let len = self.bytes.iter().position(|&b| b == 0).unwrap_or(Self::MAX_LEN);
        std::str::from_utf8(&self.bytes[..len]).unwrap_or_default()
    }

    /// The part before the suffix, for example `600519`.
    pub fn symbol(&self) -> &str {
        self.as_str().rsplit_once('.').map_or("", |(symbol, _)| symbol)
    }

    /// The exchange that the suffix names.
    pub fn exchange(&self) -> Exchange {
        let suffix = self.as_str().rsplit_once('.').map_or("", |(_, suffix)| suffix);
        Exchange::from_suffix(suffix).unwrap_or(Exchange::Index)
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let Some((symbol, suffix)) = text.rsplit_once('.') else {
            return Err(CodeError::NoSuffix(text.to_owned()));
        };
        let exchange = Exchange::from_suffix(suffix)
            .ok_or_else(|| CodeError::UnknownSuffix { code: text.to_owned(), suffix: suffix.to_owned() })?;
        Self::new(symbol, exchange)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_parse_and_print_and_know_their_parts() {
        for (text, symbol, exchange) in [
            ("600519.SH", "600519", Exchange::Sse),
            ("000001.SZ", "000001", Exchange::Szse),
            ("920799.BJ", "920799", Exchange::Bse),
            ("0700.HK", "0700", Exchange::Hkex),
            ("BRK-B.US", "BRK-B", Exchange::Us),
            ("USDCNY.FX", "USDCNY", Exchange::Fx),
            ("GSPC.IDX", "GSPC", Exchange::Index),
        ] {
            let code: Code = text.parse().unwrap();
            assert_eq!((code.symbol(), code.exchange(), code.as_str()), (symbol, exchange, text));
            assert_eq!(format!("{code} {code:?}"), format!("{text} {text}"));
        }
    }

    #[test]
    fn equal_numbers_on_two_exchanges_are_two_codes() {
        let (bank, index): (Code, Code) = ("000001.SZ".parse().unwrap(), "000001.SH".parse().unwrap());
        assert_ne!(bank, index);
        assert!(index < bank, "ordered by text");
    }

    #[test]
    fn every_refusal_says_what_is_wrong() {
        for (text, expected) in [
            ("000001", "no exchange suffix"),
            ("600519.SS", "unknown suffix `SS`"),
            ("600519.sh", "unknown suffix `sh`"),
            ("60051.SH", "six digits"),
            ("60051A.SH", "six digits"),
            ("00700.HK", "Hong Kong symbol"),
            ("700.HK", "Hong Kong symbol"),
            ("CNY.FX", "six capitals"),
            ("aapl.US", "characters"),
            (".US", "characters"),
            ("ABCDEFGHIJKLMNOP.US", "at most 16"),
        ] {
            let error = text.parse::<Code>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn json_is_the_text() {
        let code: Code = "600519.SH".parse().unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"600519.SH\"");
        assert_eq!(serde_json::from_str::<Code>("\"600519.SH\"").unwrap(), code);
        assert!(serde_json::from_str::<Code>("\"600519\"").is_err());
    }
}
