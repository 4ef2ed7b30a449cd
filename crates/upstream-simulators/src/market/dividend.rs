//! How a dividend comes to pass: the proposal, the general meeting, the implementation.

use chrono::{Datelike, Days, NaiveDate};

use super::{draw::noise, event::Event, listing::Listing, sessions::Sessions};

/// The dates on the way to one ex-date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// The report period it pays for.
    pub(crate) period_end: NaiveDate,
    /// The proposal (预案) is announced.
    pub(crate) announced: NaiveDate,
    /// The general meeting passes it (股东大会通过).
    pub(crate) passed: NaiveDate,
    /// The implementation (实施) is announced.
    pub(crate) implementation_announced: NaiveDate,
    /// The day before the ex-date whose holders are entitled.
    pub(crate) record_date: NaiveDate,
}

impl Schedule {
    pub(crate) fn of(listing: &Listing, ex_date: NaiveDate, sessions: &Sessions) -> Self {
        let lead = 65 + (noise(listing.salt, ex_date.num_days_from_ce() as u64, 7) * 25.0) as u64;
        let announced = ex_date - Days::new(lead);
        let before = |days: u64| ex_date - Days::new(days);
        let record_date = sessions.calendar().previous_open(ex_date).unwrap_or_else(|| before(1));
        Self {
            period_end: period_end(announced),
            announced,
            passed: before(32),
            implementation_announced: before(7),
            record_date,
        }
    }
}

/// The last report period that ended before a proposal of that day: reports with a dividend are annual or half-yearly.
fn period_end(announced: NaiveDate) -> NaiveDate {
    let (year, month, day) = match announced.month() {
        1..=7 => (announced.year() - 1, 12, 31),
        _ => (announced.year(), 6, 30),
    };
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(announced)
}

/// What one line of the dividend list pays, per 10 shares in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DividendLine {
    pub(crate) period_end: NaiveDate,
    pub(crate) cash: u32,
    pub(crate) bonus_from_profit: u32,
    pub(crate) bonus_from_reserves: u32,
}

/// The lines of an event; they sum up to it. None for a mere rights issue.
pub(crate) fn lines(event: &Event, period_end: NaiveDate) -> impl Iterator<Item = DividendLine> {
    let whole = DividendLine {
        period_end,
        cash: event.cash,
        bonus_from_profit: event.bonus_from_profit,
        bonus_from_reserves: event.bonus - event.bonus_from_profit,
    };
    let interim = (event.two_lines && event.cash > 1).then(|| DividendLine {
        period_end: period_end - Days::new(if period_end.month() == 12 { 184 } else { 181 }),
        cash: event.cash / 3,
        bonus_from_profit: 0,
        bonus_from_reserves: 0,
    });
    let first = DividendLine { cash: whole.cash - interim.map_or(0, |line| line.cash), ..whole };
    event.is_dividend().then_some(first).into_iter().chain(interim.filter(|_| event.is_dividend()))
}
