//! Every vendor's spelling of a code, to and from [`Code`].
//!
//! One module per vendor, each with `parse` and `print`. `parse` is strict: it accepts what the vendor sends and nothing
//! else, for a code guessed wrong becomes somebody else's history. Equal numbers stay apart: `sz.000001` is a bank,
//! `sh.000001` an index. Where the spellings come from: the vendors' documents and captured answers; each module says.

pub mod alpha_vantage;
pub mod baostock;
pub mod tdx;
pub mod tushare;
pub mod yahoo;

use crate::Code;

/// Why a vendor's spelling and a [`Code`] do not translate into each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VendorCodeError {
    /// The text is not a code in that vendor's spelling: reject the row.
    #[error("`{text}` is no {vendor} code: {expected}")]
    Malformed {
        /// The vendor.
        vendor: &'static str,
        /// What was given.
        text: String,
        /// What is allowed there.
        expected: &'static str,
    },
    /// The vendor has no spelling for that code: ask another source.
    #[error("{vendor} has no spelling for {code}")]
    Unrepresentable {
        /// The vendor.
        vendor: &'static str,
        /// The code that cannot be asked for.
        code: Code,
    },
}

/// US tickers in our spelling: capitals and digits, class shares behind a dash (`BRK-B`).
fn is_us_ticker(symbol: &str) -> bool {
    !symbol.is_empty()
        && symbol.len() <= 10
        && symbol.starts_with(|c: char| c.is_ascii_uppercase())
        && !symbol.ends_with('-')
        && symbol.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
}
