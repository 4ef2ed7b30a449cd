//! What one unit of volume is, by instrument and category.
//!
//! | instrument | categories 5, 6, 9, 10, 11 | category 4 and minutes (0–3, 7, 8) |
//! |---|---|---|
//! | share, fund | lot of 100 shares | share |
//! | bond | lot of 10 | lot of 10 |
//! | index | 100 lots of 100 shares | lot of 100 shares |
//!
//! The last field is inferred: in those categories every count is a hundred times finer. No price can judge an index.

use market_model::{Code, Exchange, InstrumentKind};

use crate::wire::{BarLayout, Category};

/// Shares in a lot.
const LOT: f64 = 100.0;
/// Bonds in a lot.
const BOND_LOT: f64 = 10.0;

/// Whether a code is an index, hence its records have the index layout: on the wire nothing else tells.
pub(crate) fn is_index(code: &Code) -> bool {
    let sse_family = || ["88", "99"].iter().any(|prefix| code.symbol().starts_with(prefix));
    InstrumentKind::of_code(code) == Some(InstrumentKind::Index) || (code.exchange() == Exchange::Sse && sse_family())
}

pub(crate) fn layout_of(code: &Code) -> BarLayout {
    if is_index(code) { BarLayout::Index } else { BarLayout::Security }
}

fn is_bond(code: &Code) -> bool {
    InstrumentKind::of_code(code) == Some(InstrumentKind::Bond)
}

/// Shares (bonds, fund units) in one unit of volume, as documented.
pub(super) fn volume_unit(code: &Code, category: Category) -> f64 {
    match (is_index(code), is_bond(code), category.counts_shares()) {
        (true, _, false) => LOT * LOT,
        (true, _, true) => LOT,
        (false, true, _) => BOND_LOT,
        (false, false, false) => LOT,
        (false, false, true) => 1.0,
    }
}

/// Every unit that a server might count in, documented or not. They lie a factor of ten apart, so the price tells which it
/// is.
pub(super) fn possible_units(code: &Code) -> &'static [f64] {
    if is_bond(code) { &[1.0, BOND_LOT, LOT] } else { &[1.0, LOT] }
}

/// Shares in one lot: quotes, minutes and ticks are counted in lots, of indices too.
pub(super) fn lot(code: &Code) -> i64 {
    if is_bond(code) { 10 } else { 100 }
}

/// Yuan in one unit of price in quotes, minutes and ticks, as its reciprocal: 100 for shares and indices, 1000 for
/// what trades in thousandths (funds, bonds, Shanghai's B-shares).
pub(super) fn price_scale(code: &Code) -> f64 {
    match InstrumentKind::of_code(code) {
        Some(InstrumentKind::Fund | InstrumentKind::Bond) => 1000.0,
        Some(InstrumentKind::BShare) if code.exchange() == Exchange::Sse => 1000.0,
        _ => 100.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_units() {
        for (code, day, minute) in [
            ("600519.SH", 100.0, 1.0),
            ("510300.SH", 100.0, 1.0),
            ("920799.BJ", 100.0, 1.0),
            ("113050.SH", 10.0, 10.0),
            ("128136.SZ", 10.0, 10.0),
            ("000001.SH", 10_000.0, 100.0),
            ("399001.SZ", 10_000.0, 100.0),
        ] {
            let code: Code = code.parse().unwrap();
            for category in [Category::Day, Category::Week, Category::Month, Category::Quarter, Category::Year] {
                assert_eq!(volume_unit(&code, category), day, "{code} {category:?}");
            }
            for category in [Category::DayInShares, Category::Minute1, Category::Minute1Old, Category::Minute60] {
                assert_eq!(volume_unit(&code, category), minute, "{code} {category:?}");
            }
        }
    }

    #[test]
    fn equal_numbers_have_different_layouts_on_different_exchanges() {
        for (code, index) in [
            ("000001.SZ", false),
            ("000001.SH", true),
            ("399001.SZ", true),
            ("880001.SH", true),
            ("882011.SH", true),
            ("990001.SH", true),
            ("899050.BJ", true),
            ("600519.SH", false),
            ("204001.SH", false),
        ] {
            assert_eq!(is_index(&code.parse().unwrap()), index, "{code}");
        }
    }
}
