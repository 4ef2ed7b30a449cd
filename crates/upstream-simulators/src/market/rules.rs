//! The exchanges' price limits, as the simulated market obeys them.
//!
//! Written apart from the rulebook of `market-model` on purpose: tests compare the two.

use chrono::NaiveDate;
use market_model::{Board, Exchange};

/// What a price may be on one day, in ticks of 0.01 yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayLimit {
    /// No limit.
    Free,
    /// Anything in `[down, up]`.
    Within { down: u32, up: u32 },
}

impl DayLimit {
    pub(crate) fn clamp(self, ticks: i64) -> u32 {
        let (down, up) = match self {
            Self::Free => (1, 100_000_000),
            Self::Within { down, up } => (down, up),
        };
        ticks.clamp(i64::from(down), i64::from(up)) as u32
    }
}

/// Who the limit is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) board: Board,
    pub(crate) exchange: Exchange,
    pub(crate) special_treatment: bool,
    /// The listing day: a share keeps the rule for new listings that held then.
    pub(crate) listed: NaiveDate,
    /// Trading days since the listing day, which is 0; `None` = long ago.
    pub(crate) days_listed: Option<usize>,
    /// Trading days since its delisting period began, that day being 0; `None` = not in one.
    pub(crate) days_delisting: Option<usize>,
}

/// The limit on `date` around the ex-right `reference` (ticks).
pub(crate) fn day_limit(subject: Subject, date: NaiveDate, reference: u32) -> DayLimit {
    if let Some(days) = subject.days_listed {
        match new_listing(subject, days) {
            NewListing::Free => return DayLimit::Free,
            NewListing::FirstDayBand => return band(reference, 144, 64),
            NewListing::Ordinary => {}
        }
    }
    let percent = match subject.days_delisting {
        Some(0) if date >= day(2020, 12, 31) => None,
        Some(_) => delisting_percent(subject.board, date),
        None => percent(subject, date),
    };
    match percent {
        Some(percent) => band(reference, 100 + percent, 100 - percent),
        None => DayLimit::Free,
    }
}

enum NewListing {
    Free,
    /// +44 % and −36 % around the issue price.
    FirstDayBand,
    Ordinary,
}

fn new_listing(subject: Subject, days: usize) -> NewListing {
    let date = subject.listed;
    let free_days = match subject.board {
        Board::Star => 5,
        Board::Bse => 1,
        Board::ChiNext if date >= day(2020, 8, 24) => 5,
        Board::Main if date >= day(2023, 4, 10) => 5,
        Board::ChiNext | Board::Main => {
            let since = if subject.exchange == Exchange::Sse { day(2013, 12, 13) } else { day(2014, 6, 13) };
            return match days {
                0 if date >= since => NewListing::FirstDayBand,
                0 => NewListing::Free,
                _ => NewListing::Ordinary,
            };
        }
    };
    if days < free_days { NewListing::Free } else { NewListing::Ordinary }
}

fn percent(subject: Subject, date: NaiveDate) -> Option<u32> {
    match subject.board {
        Board::Star => Some(20),
        Board::Bse => Some(30),
        Board::ChiNext if date >= day(2020, 8, 24) => Some(20),
        Board::Main | Board::ChiNext => {
            let special_rule = date >= day(1998, 4, 22) && date < day(2026, 7, 6);
            match date {
                _ if date < day(1996, 12, 16) => None,
                _ if subject.special_treatment && special_rule => Some(5),
                _ => Some(10),
            }
        }
    }
}

/// In a delisting period, which special treatment has no say in.
fn delisting_percent(board: Board, date: NaiveDate) -> Option<u32> {
    match board {
        Board::Bse => Some(30),
        Board::Star => Some(20),
        Board::ChiNext if date >= day(2020, 12, 31) => Some(20),
        Board::Main | Board::ChiNext => Some(10),
    }
}

/// Rounded half up to the tick; a limit that rounds onto the reference is one tick away from it.
fn band(reference: u32, up_percent: u32, down_percent: u32) -> DayLimit {
    let rounded = |percent: u32| ((u64::from(reference) * u64::from(percent) + 50) / 100) as u32;
    let up = rounded(up_percent).max(reference + 1);
    let down = rounded(down_percent).min(reference.saturating_sub(1)).max(1);
    DayLimit::Within { down, up }
}

/// The day the board opened: nothing is listed on it earlier.
pub(crate) fn board_opened(board: Board) -> NaiveDate {
    match board {
        Board::Main => day(1990, 12, 19),
        Board::ChiNext => day(2009, 10, 30),
        Board::Star => day(2019, 7, 22),
        Board::Bse => day(2021, 11, 15),
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn main_board(special_treatment: bool) -> Subject {
        Subject {
            board: Board::Main,
            exchange: Exchange::Sse,
            special_treatment,
            listed: day(1999, 1, 4),
            days_listed: None,
            days_delisting: None,
        }
    }

    #[test]
    fn limits_are_rounded_half_up_to_the_tick() {
        assert_eq!(
            day_limit(main_board(false), day(2024, 1, 5), 105),
            DayLimit::Within { down: 95, up: 116 },
            "1.05 x 1.1 = 1.155 and 1.05 x 0.9 = 0.945"
        );
    }

    #[test]
    fn special_treatment_halves_the_main_boards_limit_until_july_2026() {
        let limit = |date| day_limit(main_board(true), date, 1000);
        assert_eq!(limit(day(2026, 7, 3)), DayLimit::Within { down: 950, up: 1050 });
        assert_eq!(limit(day(2026, 7, 6)), DayLimit::Within { down: 900, up: 1100 });
    }

    #[test]
    fn a_delisting_period_begins_without_a_limit_and_knows_no_special_treatment() {
        let limit = |date, days| day_limit(Subject { days_delisting: Some(days), ..main_board(true) }, date, 1000);
        assert_eq!(limit(day(2024, 6, 3), 0), DayLimit::Free);
        assert_eq!(limit(day(2024, 6, 4), 1), DayLimit::Within { down: 900, up: 1100 });
        assert_eq!(limit(day(2020, 6, 3), 0), DayLimit::Within { down: 900, up: 1100 });
    }

    #[test]
    fn a_cheap_share_can_always_move_one_tick() {
        assert_eq!(day_limit(main_board(true), day(2024, 1, 5), 5), DayLimit::Within { down: 4, up: 6 });
    }

    #[test]
    fn new_listings_follow_the_rule_of_their_time() {
        let limit = |listed, date, days| {
            day_limit(Subject { listed, days_listed: Some(days), ..main_board(false) }, date, 1000)
        };
        let free = day(2024, 1, 2);
        assert_eq!(limit(free, day(2024, 1, 8), 4), DayLimit::Free);
        assert_eq!(limit(free, day(2024, 1, 9), 5), DayLimit::Within { down: 900, up: 1100 });
        let banded = day(2023, 4, 7);
        assert_eq!(limit(banded, banded, 0), DayLimit::Within { down: 640, up: 1440 });
        let next = limit(banded, day(2023, 4, 10), 1);
        assert_eq!(next, DayLimit::Within { down: 900, up: 1100 }, "the free days began for those listed later");
    }
}
