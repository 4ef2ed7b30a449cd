//! How many shares one order may buy.

use crate::Board;

/// The sizes of a buy order: `min`, `min + step`, `min + 2 × step` … shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// Smallest order, shares.
    pub min: u32,
    /// Increment above it, shares.
    pub step: u32,
}

/// The lot of a board: 100 shares; STAR from 200 by one share; Beijing from 100 by one share.
///
/// A remainder below the minimum may be **sold** in one order, so a day's volume need not be a multiple of anything.
/// Source: SSE and SZSE Trading Rules, SSE STAR trading provisions (上证发〔2019〕23号), BSE Trading Rules.
pub fn lot(board: Board) -> Lot {
    match board {
        Board::Main | Board::ChiNext => Lot { min: 100, step: 100 },
        Board::Star => Lot { min: 200, step: 1 },
        Board::Bse => Lot { min: 100, step: 1 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_star_and_beijing_trade_single_shares() {
        assert_eq!(lot(Board::Main), Lot { min: 100, step: 100 });
        assert_eq!(lot(Board::ChiNext), Lot { min: 100, step: 100 });
        assert_eq!(lot(Board::Star), Lot { min: 200, step: 1 });
        assert_eq!(lot(Board::Bse), Lot { min: 100, step: 1 });
    }
}
