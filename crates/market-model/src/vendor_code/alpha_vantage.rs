//! Alpha Vantage: `600519.SHH` (Shanghai), `000002.SHZ` (Shenzhen), bare US tickers. Nothing from Beijing or Hong Kong;
//! currency pairs are asked for by two parameters, not by a symbol.
//!
//! Source: Alpha Vantage's documents and captured answers.

use super::{VendorCodeError, is_us_ticker};
use crate::{Code, Exchange};

const VENDOR: &str = "Alpha Vantage";

/// Reads a symbol.
pub fn parse(text: &str) -> Result<Code, VendorCodeError> {
    let malformed = || VendorCodeError::Malformed {
        vendor: VENDOR,
        text: text.to_owned(),
        expected: "600519.SHH, 000002.SHZ or a US ticker",
    };
    let code = match text.rsplit_once('.') {
        Some((symbol, "SHH")) => Code::new(symbol, Exchange::Sse),
        Some((symbol, "SHZ")) => Code::new(symbol, Exchange::Szse),
        None if is_us_ticker(text) => Code::new(text, Exchange::Us),
        _ => return Err(malformed()),
    };
    code.map_err(|_| malformed())
}

/// Writes a symbol.
pub fn print(code: &Code) -> Result<String, VendorCodeError> {
    let symbol = code.symbol();
    match code.exchange() {
        Exchange::Sse => Ok(format!("{symbol}.SHH")),
        Exchange::Szse => Ok(format!("{symbol}.SHZ")),
        Exchange::Us if is_us_ticker(symbol) => Ok(symbol.to_owned()),
        _ => Err(VendorCodeError::Unrepresentable { vendor: VENDOR, code: *code }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_translate_both_ways() {
        for (vendor, ours) in [
            ("600519.SHH", "600519.SH"),
            ("000002.SHZ", "000002.SZ"),
            ("000001.SHH", "000001.SH"),
            ("IBM", "IBM.US"),
            ("BRK-B", "BRK-B.US"),
        ] {
            let code = parse(vendor).unwrap();
            assert_eq!(code.as_str(), ours, "{vendor}");
            assert_eq!(print(&code).unwrap(), vendor);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["600519.SH", "600519.SS", "920799.BJ", "ibm", "0700.HK", "60051.SHH", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
        for code in ["920799.BJ", "0700.HK", "USDCNY.FX", "GSPC.IDX"] {
            assert!(print(&code.parse().unwrap()).is_err(), "{code}");
        }
    }
}
