//! TDX (通达信): a market byte (0 = Shenzhen, 1 = Shanghai, 2 = Beijing) and six ASCII digits.
//!
//! Source: requests and answers captured from TDX servers (bars, quotes, ex-right list).

use super::VendorCodeError;
use crate::{Code, Exchange};

const VENDOR: &str = "TDX";

/// Reads a market byte and six ASCII digits.
pub fn parse(market: u8, symbol: &[u8]) -> Result<Code, VendorCodeError> {
    let malformed = || VendorCodeError::Malformed {
        vendor: VENDOR,
        text: format!("{market}:{}", String::from_utf8_lossy(symbol)),
        expected: "market 0, 1 or 2 and six digits",
    };
    let exchange = match market {
        0 => Exchange::Szse,
        1 => Exchange::Sse,
        2 => Exchange::Bse,
        _ => return Err(malformed()),
    };
    let symbol = std::str::from_utf8(symbol).map_err(|_| malformed())?;
    Code::new(symbol, exchange).map_err(|_| malformed())
}

/// The market byte and the six digits that go on the wire.
pub fn print(code: &Code) -> Result<(u8, [u8; 6]), VendorCodeError> {
    let unrepresentable = VendorCodeError::Unrepresentable { vendor: VENDOR, code: *code };
    let market = match code.exchange() {
        Exchange::Szse => 0,
        Exchange::Sse => 1,
        Exchange::Bse => 2,
        _ => return Err(unrepresentable),
    };
    let symbol = code.symbol().as_bytes().try_into().map_err(|_| unrepresentable)?;
    Ok((market, symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_market_byte_keeps_equal_numbers_apart() {
        for (market, symbol, ours) in [
            (0, b"000001", "000001.SZ"),
            (1, b"000001", "000001.SH"),
            (1, b"600519", "600519.SH"),
            (0, b"399001", "399001.SZ"),
            (2, b"920799", "920799.BJ"),
        ] {
            let code = parse(market, symbol).unwrap();
            assert_eq!(code.as_str(), ours);
            assert_eq!(print(&code).unwrap(), (market, *symbol));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for (market, symbol) in
            [(3, b"600519".as_slice()), (1, b"60051"), (1, b"60051\0"), (1, b"60051A"), (1, b"\xff00519")]
        {
            assert!(parse(market, symbol).is_err(), "{market}:{symbol:?}");
        }
        assert!(print(&"0700.HK".parse().unwrap()).is_err());
    }
}
