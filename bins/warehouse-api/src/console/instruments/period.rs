//! Daily bars put together to longer ones, where a history is long.

use chrono::{Datelike as _, NaiveDate};
use operator_console::Language;

/// More bars than this are put together to longer ones: a page must not grow with a history.
const BARS: usize = 300;

/// How long a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Week,
    Month,
    Quarter,
}

/// An adjusted bar of a day or longer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PeriodBar {
    /// Its first day and its last.
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
    pub(super) volume: Option<i64>,
}

impl Period {
    const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// The shortest of which `days` are not too many.
    pub(super) fn of(days: impl Iterator<Item = NaiveDate> + Clone) -> Self {
        let fits = |period: &Self| {
            let mut keys: Vec<_> = days.clone().map(|day| period.key(day)).collect();
            keys.dedup();
            keys.len() <= BARS
        };
        Self::ALL.into_iter().find(fits).unwrap_or(Self::Quarter)
    }

    /// The same for all days of one bar.
    fn key(self, day: NaiveDate) -> (i32, u32) {
        match self {
            Self::Day => (day.year(), day.ordinal()),
            Self::Week => (day.iso_week().year(), day.iso_week().week()),
            Self::Month => (day.year(), day.month()),
            Self::Quarter => (day.year(), day.month0() / 3),
        }
    }

    /// Puts daily bars together.
    pub(super) fn together(self, days: &[PeriodBar]) -> Vec<PeriodBar> {
        let same = |one: &PeriodBar, other: &PeriodBar| self.key(one.last) == self.key(other.last);
        days.chunk_by(same).filter_map(join).collect()
    }

    pub(super) fn name(self, language: Language) -> &'static str {
        match self {
            Self::Day => language.say("daily bars", "日K"),
            Self::Week => language.say("weekly bars", "周K"),
            Self::Month => language.say("monthly bars", "月K"),
            Self::Quarter => language.say("quarterly bars", "季K"),
        }
    }
}

fn join(days: &[PeriodBar]) -> Option<PeriodBar> {
    let (first, last) = (days.first()?, days.last()?);
    let volumes: Option<Vec<i64>> = days.iter().map(|day| day.volume).collect();
    Some(PeriodBar {
        first: first.first,
        last: last.last,
        open: first.open,
        high: days.iter().map(|day| day.high).fold(f64::NEG_INFINITY, f64::max),
        low: days.iter().map(|day| day.low).fold(f64::INFINITY, f64::min),
        close: last.close,
        volume: volumes.map(|volumes| volumes.into_iter().fold(0, i64::saturating_add)),
    })
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    fn days(count: u64) -> Vec<PeriodBar> {
        let bar = |index: u64| {
            // A Thursday.
            let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(index);
            let open = index as f64;
            PeriodBar {
                first: day,
                last: day,
                open,
                high: open + 2.0,
                low: open - 1.0,
                close: open + 1.0,
                volume: Some(10),
            }
        };
        (0..count).map(bar).collect()
    }

    #[test]
    fn a_week_has_its_first_open_its_last_close_and_all_that_was_traded() {
        let weeks = Period::Week.together(&days(11));
        assert_eq!(weeks.len(), 2);
        let second = weeks[1];
        assert_eq!((second.first.to_string(), second.last.to_string()), ("2026-01-05".into(), "2026-01-11".into()));
        assert_eq!(
            (second.open, second.high, second.low, second.close, second.volume),
            (4.0, 12.0, 3.0, 11.0, Some(70))
        );
        assert_eq!(Period::Day.together(&days(11)), days(11));
    }

    #[test]
    fn bars_grow_with_the_history() {
        let of = |count| Period::of(days(count).iter().map(|bar| bar.last));
        assert_eq!(of(300), Period::Day);
        assert_eq!(of(301), Period::Week);
        assert_eq!(of(2_200), Period::Month);
        assert_eq!(of(9_300), Period::Quarter);
    }

    #[test]
    fn a_week_with_a_day_of_unknown_volume_has_none() {
        let mut days = days(2);
        days[1].volume = None;
        assert_eq!(Period::Week.together(&days)[0].volume, None);
    }
}
