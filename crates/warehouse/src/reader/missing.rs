//! Why a day has no bar.

use chrono::NaiveDate;

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
    /// The day arrived incomplete and is held back as a whole.
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
