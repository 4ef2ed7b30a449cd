//! Yahoo: `600519.SS`, `000001.SZ`, `0700.HK`, `AAPL`, `BRK-B`, `^GSPC`, `USDCNY=X`.
//!
//! Shanghai is `.SS`, never `.SH`; `000001.SS` is the Shanghai composite, `000001.SZ` a bank. Futures (`GC=F`) have no
//! place in the model and are refused. Source: captured chart answers.

use super::{VendorCodeError, is_us_ticker};
use crate::{Code, Exchange};

const VENDOR: &str = "Yahoo";

/// Reads a Yahoo symbol. `CNY=X` is Yahoo's short form of `USDCNY=X` and means the same code.
pub fn parse(text: &str) -> Result<Code, VendorCodeError> {
    let malformed = || VendorCodeError::Malformed {
        vendor: VENDOR,
        text: text.to_owned(),
        expected: "600519.SS, 000001.SZ, 920799.BJ, 0700.HK, AAPL, ^GSPC or USDCNY=X",
    };
    let code = if let Some(index) = text.strip_prefix('^') {
        Code::new(index, Exchange::Index)
    } else if let Some(pair) = text.strip_suffix("=X") {
        match pair.len() {
            3 => Code::new(&format!("USD{pair}"), Exchange::Fx),
            _ => Code::new(pair, Exchange::Fx),
        }
    } else if let Some((symbol, suffix)) = text.rsplit_once('.') {
        let exchange = match suffix {
            "SS" => Exchange::Sse,
            "SZ" => Exchange::Szse,
            "BJ" => Exchange::Bse,
            "HK" => Exchange::Hkex,
            _ => return Err(malformed()),
        };
        Code::new(symbol, exchange)
    } else if is_us_ticker(text) {
        Code::new(text, Exchange::Us)
    } else {
        return Err(malformed());
    };
    code.map_err(|_| malformed())
}

/// Writes a Yahoo symbol.
pub fn print(code: &Code) -> Result<String, VendorCodeError> {
    let symbol = code.symbol();
    Ok(match code.exchange() {
        Exchange::Sse => format!("{symbol}.SS"),
        Exchange::Szse => format!("{symbol}.SZ"),
        Exchange::Bse => format!("{symbol}.BJ"),
        Exchange::Hkex => format!("{symbol}.HK"),
        Exchange::Index => format!("^{symbol}"),
        Exchange::Fx => format!("{symbol}=X"),
        Exchange::Us if is_us_ticker(symbol) => symbol.to_owned(),
        Exchange::Us => return Err(VendorCodeError::Unrepresentable { vendor: VENDOR, code: *code }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_translate_both_ways() {
        for (vendor, ours) in [
            ("600519.SS", "600519.SH"),
            ("000001.SZ", "000001.SZ"),
            ("000001.SS", "000001.SH"),
            ("920799.BJ", "920799.BJ"),
            ("0700.HK", "0700.HK"),
            ("9988.HK", "9988.HK"),
            ("AAPL", "AAPL.US"),
            ("BRK-B", "BRK-B.US"),
            ("^GSPC", "GSPC.IDX"),
            ("^N225", "N225.IDX"),
            ("USDCNY=X", "USDCNY.FX"),
        ] {
            let code = parse(vendor).unwrap();
            assert_eq!(code.as_str(), ours, "{vendor}");
            assert_eq!(print(&code).unwrap(), vendor);
        }
    }

    #[test]
    fn the_short_form_of_a_dollar_pair_is_the_same_code() {
        assert_eq!(parse("CNY=X").unwrap(), parse("USDCNY=X").unwrap());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["600519.SH", "700.HK", "GC=F", "aapl", "BRK.B", "^", "=X", "CN=X", "DX-Y.NYB", "-A", ""] {
            assert!(matches!(parse(text), Err(VendorCodeError::Malformed { .. })), "{text}");
        }
        assert!(print(&"BRK.B.US".parse().unwrap()).is_err());
    }
}
