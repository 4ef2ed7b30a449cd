//! Tushare: our own spelling for the mainland (`600519.SH`, `920799.BJ`), five digits for Hong Kong (`00700.HK`).
//!
//! Source: Tushare documents, `ts_code` of `daily`, `index_daily` and `hk_daily`.

use super::VendorCodeError;
use crate::{Code, Exchange};

const VENDOR: &str = "Tushare";

/// Reads a `ts_code`.
pub fn parse(text: &str) -> Result<Code, VendorCodeError> {
    let malformed = || VendorCodeError::Malformed {
        vendor: VENDOR,
        text: text.to_owned(),
        expected: "six digits and .SH, .SZ or .BJ, or five digits and .HK",
    };
    let code = match text.strip_suffix(".HK") {
        Some(symbol) if symbol.len() == 5 => Code::new(symbol.strip_prefix('0').unwrap_or(symbol), Exchange::Hkex),
        Some(_) => return Err(malformed()),
        None => text.parse(),
    };
    code.ok().filter(|code| is_covered(code.exchange())).ok_or_else(malformed)
}

/// Writes a `ts_code`.
pub fn print(code: &Code) -> Result<String, VendorCodeError> {
    match code.exchange() {
        Exchange::Hkex => Ok(format!("{:0>5}.HK", code.symbol())),
        exchange if is_covered(exchange) => Ok(code.to_string()),
        _ => Err(VendorCodeError::Unrepresentable { vendor: VENDOR, code: *code }),
    }
}

fn is_covered(exchange: Exchange) -> bool {
    exchange.is_mainland() || exchange == Exchange::Hkex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_translate_both_ways() {
        for (vendor, ours) in [
            ("600519.SH", "600519.SH"),
            ("000001.SZ", "000001.SZ"),
            ("000001.SH", "000001.SH"),
            ("920799.BJ", "920799.BJ"),
            ("830799.BJ", "830799.BJ"),
            ("00700.HK", "0700.HK"),
            ("80700.HK", "80700.HK"),
        ] {
            let code = parse(vendor).unwrap();
            assert_eq!(code.as_str(), ours, "{vendor}");
            assert_eq!(print(&code).unwrap(), vendor);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["600519", "600519.sh", "sh.600519", "600519.SS", "60051.SH", "0700.HK", "007000.HK", "AAPL.US", ""]
        {
            assert!(matches!(parse(text), Err(VendorCodeError::Malformed { .. })), "{text}");
        }
        let apple: Code = "AAPL.US".parse().unwrap();
        assert_eq!(print(&apple), Err(VendorCodeError::Unrepresentable { vendor: VENDOR, code: apple }));
    }
}
