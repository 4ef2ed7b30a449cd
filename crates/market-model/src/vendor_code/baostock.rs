//! baostock: `sh.600519`, `sz.000001`. It serves nothing from Beijing, so a BSE code is unrepresentable.
//!
//! Source: baostock's documents (`query_history_k_data_plus`).

use super::VendorCodeError;
use crate::{Code, Exchange};

const VENDOR: &str = "baostock";

/// Reads `sh.600519` or `sz.000001`.
pub fn parse(text: &str) -> Result<Code, VendorCodeError> {
    let malformed = || VendorCodeError::Malformed {
        vendor: VENDOR,
        text: text.to_owned(),
        expected: "`sh.` or `sz.` and six digits",
    };
    let (exchange, symbol) = match text.split_once('.') {
        Some(("sh", symbol)) => (Exchange::Sse, symbol),
        Some(("sz", symbol)) => (Exchange::Szse, symbol),
        _ => return Err(malformed()),
    };
    Code::new(symbol, exchange).map_err(|_| malformed())
}

/// Writes `sh.600519` or `sz.000001`.
pub fn print(code: &Code) -> Result<String, VendorCodeError> {
    match code.exchange() {
        Exchange::Sse => Ok(format!("sh.{}", code.symbol())),
        Exchange::Szse => Ok(format!("sz.{}", code.symbol())),
        _ => Err(VendorCodeError::Unrepresentable { vendor: VENDOR, code: *code }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_translate_both_ways() {
        for (vendor, ours) in [
            ("sh.600519", "600519.SH"),
            ("sz.000001", "000001.SZ"),
            ("sh.000001", "000001.SH"),
            ("sz.399001", "399001.SZ"),
        ] {
            let code = parse(vendor).unwrap();
            assert_eq!(code.as_str(), ours);
            assert_eq!(print(&code).unwrap(), vendor);
        }
    }

    #[test]
    fn beijing_and_other_spellings_are_refused() {
        for text in ["bj.920799", "600519.sh", "SH.600519", "sh600519", "sh.60051", "sh.6005190", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(print(&"920799.BJ".parse().unwrap()).is_err());
    }
}
