//! Why a day has no bar.

use chrono::NaiveDate;
use market_model::Instrument;

/// Consecutive trading days without a bar, for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How many trading days; where the calendar does not reach, how many days.
    pub days: u32,
    /// Why.
    pub reason: MissingReason,
}

/// Why there is no bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MissingReason {
    /// Trading in it was halted all day.
    Suspended,
    /// The day has not been ingested yet.
    NotYet,
    /// It was not listed: before its first day, after its last, or nobody knows of it.
    NotListed,
    /// The day arrived incomplete and is held back as a whole, or the code's bars do not continue its series.
    Withheld,
    /// Nobody knows: a hole in the data.
    Gap,
}

impl MissingReason {
    /// The text in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::NotYet => "not_yet",
            Self::NotListed => "not_listed",
            Self::Withheld => "withheld",
            Self::Gap => "gap",
        }
    }
}

/// Collapses days into runs as they come.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    done: Vec<Missing>,
    open: Option<Missing>,
}

impl Runs {
    /// Adds a trading day that has no bar.
    pub(crate) fn add(&mut self, date: NaiveDate, reason: MissingReason) {
        self.add_span(date, date, 1, reason);
    }

    /// Adds several days at once.
    pub(crate) fn add_span(&mut self, from: NaiveDate, to: NaiveDate, days: u32, reason: MissingReason) {
        match &mut self.open {
            Some(open) if open.reason == reason => {
                open.to = to;
                open.days += days;
            }
            open => self.done.extend(open.replace(Missing { from, to, days, reason })),
        }
    }

    /// Says that a trading day has its bar: a run before it ends.
    #[inline]
    pub(crate) fn interrupt(&mut self) {
        if let Some(open) = self.open.take() {
            self.done.push(open);
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Missing> {
        self.interrupt();
        self.done
    }
}

/// When a code was listed, as far as anybody knows.
pub(crate) struct Listing {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Listing {
    /// `first_bar` stands in for an unknown listing day: a bar proves that it was listed.
    pub(crate) fn of(instrument: Option<&Instrument>, first_bar: Option<NaiveDate>) -> Self {
        let listed = instrument.and_then(|instrument| instrument.listed);
        Self { from: listed.or(first_bar), until: instrument.and_then(|instrument| instrument.delisted) }
    }

    pub(crate) fn covers(&self, date: NaiveDate) -> bool {
        self.from.is_some_and(|from| from <= date) && self.until.is_none_or(|until| date < until)
    }
}

/// What can be said of a code without a calendar: the days of `[from, to]` on which it was not listed, and, where the range
/// has no bar at all, that nothing has been ingested there yet (it lies after the code's last bar) or that its history does
/// not reach back so far (it lies before the first one). Days are counted as they come.
pub(crate) fn without_calendar(
    listing: &Listing,
    is_known: bool,
    bars: Reach,
    (from, to): (NaiveDate, NaiveDate),
) -> Vec<Missing> {
    if from > to {
        return Vec::new();
    }
    let first = match listing.from {
        Some(first) => first,
        // An instrument without a listing day and without any bar: its vendor has not been asked yet.
        None if is_known => from,
        None => NaiveDate::MAX,
    };
    let mut runs = Runs::default();
    if from < first {
        add_days(&mut runs, from, first.pred_opt().unwrap_or(first).min(to), MissingReason::NotListed);
    }
    let (start, end) = (from.max(first), listing.until.and_then(|until| until.pred_opt()).unwrap_or(to).min(to));
    match bars.reason(start, end) {
        Some(reason) => add_days(&mut runs, start, end, reason),
        None => runs.interrupt(),
    }
    if let Some(until) = listing.until.filter(|until| *until <= to) {
        add_days(&mut runs, until.max(start), to, MissingReason::NotListed);
    }
    runs.finish()
}

/// Where a code has bars, seen from a range of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// In the range.
    Inside,
    /// Not in the range: the first and the last bar are elsewhere, or there are none.
    Outside(Option<(NaiveDate, NaiveDate)>),
}

impl Reach {
    /// Why `[start, end]` has no bar; `None` where it has some, or lies between two: that may be a holiday.
    fn reason(self, start: NaiveDate, end: NaiveDate) -> Option<MissingReason> {
        match self {
            Self::Inside => None,
            Self::Outside(Some((first, _))) if end < first => Some(MissingReason::Gap),
            Self::Outside(Some((_, last))) if start <= last => None,
            Self::Outside(_) => Some(MissingReason::NotYet),
        }
    }
}

/// Adds the calendar days from `from` to `to`, both included.
pub(crate) fn add_days(runs: &mut Runs, from: NaiveDate, to: NaiveDate, reason: MissingReason) {
    let days = (to - from).num_days() + 1;
    if days > 0 {
        runs.add_span(from, to, u32::try_from(days).unwrap_or(u32::MAX), reason);
    }
}
