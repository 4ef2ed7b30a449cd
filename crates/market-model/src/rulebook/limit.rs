//! Which price limit holds for a share on a day.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::limit_table::{LIMIT_RULES, LimitRule, RulePhase};
use crate::{Board, Exchange};

/// What the rulebook tells apart: the boards, and the instruments with rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Segment {
    /// An A-share of the Shanghai or Shenzhen main board.
    Main,
    /// A ChiNext share.
    ChiNext,
    /// A STAR share.
    Star,
    /// A Beijing share.
    Bse,
    /// A share in foreign currency.
    BShare,
    /// A listed fund.
    Fund,
    /// A fund on a STAR or ChiNext index, which moves with its stocks' 20 %. The code does not tell: the caller must know.
    WideFund,
    /// A convertible bond.
    Convertible,
}

impl From<Board> for Segment {
    fn from(board: Board) -> Self {
        match board {
            Board::Main => Self::Main,
            Board::ChiNext => Self::ChiNext,
            Board::Star => Self::Star,
            Board::Bse => Self::Bse,
        }
    }
}

/// How far a price may go from the day's reference, which is the exchange's ex-right `pre_close`; on a listing day that
/// is the issue price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// No limit on this day.
    None,
    /// A limit, in tenths of a percent of the reference: 10 % is 100.
    Percent {
        /// How far up.
        up_permille: u32,
        /// How far down.
        down_permille: u32,
    },
}

impl Limit {
    /// The same percentage both ways.
    pub const fn percent(percent: u32) -> Self {
        Self::Percent { up_permille: percent * 10, down_permille: percent * 10 }
    }

    /// Up and down in percent, for people; `None` without a limit.
    pub fn percents(self) -> Option<(f64, f64)> {
        match self {
            Self::None => None,
            Self::Percent { up_permille, down_permille } => {
                Some((f64::from(up_permille) / 10.0, f64::from(down_permille) / 10.0))
            }
        }
    }
}

/// Everything the limit of one code on one day depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitQuery {
    /// The exchange: the two main boards changed their listing-day rule half a year apart.
    pub exchange: Exchange,
    /// The board or instrument.
    pub segment: Segment,
    /// Under special treatment (ST, *ST) on that day.
    pub special_treatment: bool,
    /// The day.
    pub date: NaiveDate,
    /// How many trading days it has been listed, the listing day being 1; `None` = long enough.
    pub listing_day: Option<u32>,
    /// How many trading days of its delisting period (退市整理期), the first being 1; `None` = not in one.
    pub delisting_day: Option<u32>,
}

/// The dated price limits. Stateless: the book is [`LIMIT_RULES`].
#[derive(Debug, Clone, Copy)]
pub struct PriceRules;

impl PriceRules {
    /// The limit of an A-share on `date`; `listing_day` counts its trading days, the listing day being 1, and `None`
    /// means long listed.
    ///
    /// Where the two main boards differed (listing days between 2013-12-13 and 2014-06-12) this is Shanghai's rule, and a
    /// delisting period is not known here: use [`PriceRules::limit_of`] where that matters.
    pub fn limit_on(board: Board, special_treatment: bool, date: NaiveDate, listing_day: Option<u32>) -> Limit {
        let exchange = match board {
            Board::Main | Board::Star => Exchange::Sse,
            Board::ChiNext => Exchange::Szse,
            Board::Bse => Exchange::Bse,
        };
        let segment = board.into();
        Self::limit_of(&LimitQuery { exchange, segment, special_treatment, date, listing_day, delisting_day: None })
    }

    /// The limit that holds for `query`. No rule in force (before 1996-12-16, say) means no limit.
    pub fn limit_of(query: &LimitQuery) -> Limit {
        Self::rule_of(query).map_or(Limit::None, |rule| rule.limit)
    }

    /// The record that decides, with its source; `None` where none is in force.
    pub fn rule_of(query: &LimitQuery) -> Option<&'static LimitRule> {
        let in_book = |phase: &dyn Fn(RulePhase) -> bool, date: NaiveDate| {
            LIMIT_RULES.iter().find(|rule| rule.covers(query) && phase(rule.phase) && rule.is_in_force(date))
        };
        if let Some(day) = query.delisting_day {
            let delisting = in_book(&|phase| day == 1 && phase == RulePhase::DelistingDayOne, query.date)
                .or_else(|| in_book(&|phase| phase == RulePhase::Delisting, query.date));
            if delisting.is_some() {
                return delisting;
            }
        }
        // A listing keeps the regime it was listed under: the fourth day of an old-style IPO has its ordinary limit even
        // if newer listings are free for five days by then.
        let listing = query.listing_day.and_then(|day| {
            let listed = listing_date(query.date, day)?;
            in_book(&|phase| matches!(phase, RulePhase::FirstDays(days) if (1..=days).contains(&day)), listed)
        });
        listing.or_else(|| in_book(&|phase| phase == RulePhase::Regular, query.date))
    }
}

/// The listing date of a share whose `day`-th trading day is `date`, counting weekdays. That is exact in the weeks where
/// the table's listing rules begin, for none of them holds a public holiday, and elsewhere only the regime matters.
fn listing_date(date: NaiveDate, day: u32) -> Option<NaiveDate> {
    let mut listed = date;
    let mut left = day.clamp(1, 30) - 1;
    while left > 0 {
        listed = listed.checked_sub_days(Days::new(1))?;
        if !matches!(listed.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    Some(listed)
}

#[cfg(test)]
mod tests;
