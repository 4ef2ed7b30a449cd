//! Days that are judged together.

use chrono::{NaiveDate, TimeDelta};
use quality_rules::Days;

/// Days that are no farther apart than this belong together: no holiday of the mainland's market has been longer, and the days
/// between them cost less than another query.
const GAP: TimeDelta = TimeDelta::days(14);

/// From the first to the last of some days that are judged, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
}

impl Span {
    /// Every day there is.
    pub(super) const ALL: Self = Self { first: NaiveDate::MIN, last: NaiveDate::MAX };

    /// The runs of `days`, ascending; at least one, unless no day is to be judged.
    pub(super) fn of(days: Days<'_>) -> Vec<Self> {
        let Days::Only(days) = days else { return vec![Self::ALL] };
        let mut spans: Vec<Self> = Vec::new();
        for day in days {
            match spans.last_mut() {
                Some(span) if *day - span.last <= GAP => span.last = span.last.max(*day),
                _ => spans.push(Self { first: *day, last: *day }),
            }
        }
        spans
    }

    /// How many bars a code can have in it, and the one before.
    pub(super) fn bars(self) -> usize {
        let days = (self.last - self.first).num_days().unsigned_abs();
        usize::try_from(days / 7 * 5 + days % 7 + 2).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::date;

    #[test]
    fn days_around_a_holiday_are_one_span_and_others_are_not() {
        let days = ["2024-02-08", "2024-02-19", "2024-02-20", "2024-03-06", "2026-01-05"].map(date);
        let span = |first, last| Span { first: date(first), last: date(last) };
        assert_eq!(
            Span::of(Days::Only(&days)),
            [span("2024-02-08", "2024-02-20"), span("2024-03-06", "2024-03-06"), span("2026-01-05", "2026-01-05")]
        );
        assert_eq!(Span::of(Days::All), [Span::ALL]);
        assert!(Span::of(Days::Only(&[])).is_empty());
    }

    #[test]
    fn a_span_is_not_shorter_than_its_trading_days() {
        for (first, last, trading) in [("2024-01-05", "2024-01-05", 1), ("2024-01-01", "2024-12-31", 262)] {
            let bars = Span { first: date(first), last: date(last) }.bars();
            assert!(bars > trading && bars < trading + 5, "{bars}");
        }
    }
}
