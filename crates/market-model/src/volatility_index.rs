//! Indices of expected volatility, which move in a day as prices do not.

use crate::{Code, Exchange};

/// Symbols of indices that measure the volatility which option prices expect: Cboe's VIX (S&P 500), VXN (Nasdaq-100), VXD
/// (Dow Jones), OVX (oil), GVZ (gold), and Hang Seng's VHSI.
const SYMBOLS: [&str; 6] = ["VIX", "VXN", "VXD", "OVX", "GVZ", "VHSI"];

/// Whether `code` is an index of expected volatility. Moves of a fifth are ordinary there: the VIX rose 115.6 % on 2018-02-05
/// (17.31 to 37.32, Cboe).
pub fn is_volatility_index(code: &Code) -> bool {
    code.exchange() == Exchange::Index && SYMBOLS.contains(&code.symbol())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_indices_of_volatility_are_some() {
        for (code, expected) in
            [("VIX.IDX", true), ("VHSI.IDX", true), ("HSI.IDX", false), ("GSPC.IDX", false), ("VIX.US", false)]
        {
            assert_eq!(is_volatility_index(&code.parse().unwrap()), expected, "{code}");
        }
    }
}
