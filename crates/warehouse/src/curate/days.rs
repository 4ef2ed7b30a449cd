//! The days that decide what is curated.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use duckdb::Connection;

use super::Context;
use crate::{WarehouseError, coverage};

/// The complete days with their sources, and the calendar's trading days.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct MarketDays {
    complete: BTreeMap<NaiveDate, BTreeSet<String>>,
    open: BTreeSet<NaiveDate>,
    /// Trading days without data between the first and the last complete day.
    unknown: BTreeSet<NaiveDate>,
}

impl MarketDays {
    /// The state in the database.
    pub(crate) fn load(conn: &Connection) -> Result<Self, WarehouseError> {
        let complete = coverage::complete_days(&coverage::partitions(conn)?);
        let mut statement = conn.prepare(
            "SELECT DISTINCT cal_date FROM trading_calendar WHERE is_open AND exchange IN ('SSE', 'SZSE', 'BSE')",
        )?;
        let open = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Self::new(complete, open))
    }

    pub(crate) fn new(complete: BTreeMap<NaiveDate, BTreeSet<String>>, open: BTreeSet<NaiveDate>) -> Self {
        let mut days = Self { complete, open, unknown: BTreeSet::new() };
        if let Some((first, last)) = days.range() {
            days.unknown = days.unknown_in(first, last);
        }
        days
    }

    /// The sources whose bars of `day` count.
    pub(crate) fn sources(&self, day: NaiveDate) -> Option<&BTreeSet<String>> {
        self.complete.get(&day)
    }

    /// The first and the last complete day.
    pub(crate) fn range(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((*self.complete.first_key_value()?.0, *self.complete.last_key_value()?.0))
    }

    /// The first complete day from `day` on.
    pub(crate) fn complete_from(&self, day: NaiveDate) -> Option<NaiveDate> {
        self.complete.range(day..).next().map(|(day, _)| *day)
    }

    /// The complete days from `first` to `last`, ascending.
    pub(crate) fn complete_in(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> impl DoubleEndedIterator<Item = NaiveDate> + use<'_> {
        self.complete.range(first..=last.max(first)).map(|(day, _)| *day)
    }

    /// Whether a trading day strictly between two bars is not in the warehouse, or withheld.
    pub(crate) fn gap_unknown(&self, before: NaiveDate, after: NaiveDate) -> bool {
        before.succ_opt().is_some_and(|from| from < after && self.unknown.range(from..after).next().is_some())
    }

    /// The first day that has features: so many days before the last complete one, but none that has expired.
    pub(crate) fn first_feature_day(&self, context: Context<'_>) -> Option<NaiveDate> {
        let (_, last) = self.range()?;
        let first = last.checked_sub_days(Days::new(u64::from(context.options.feature_days))).unwrap_or(last);
        Some(context.feature_floor.map_or(first, |floor| floor.max(first)))
    }

    /// The first day from which on bars may have to be computed again because days came, went, or are known to be
    /// missing.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<NaiveDate> {
        let ranges: Vec<_> = self.range().into_iter().chain(other.range()).collect();
        let first = ranges.iter().map(|range| range.0).min()?;
        let last = ranges.iter().map(|range| range.1).max()?;
        let days = self.complete.keys().chain(other.complete.keys());
        let moved = days.copied().filter(|day| self.complete.get(day) != other.complete.get(day)).min();
        let (a, b) = (self.unknown_in(first, last), other.unknown_in(first, last));
        let gap = a.symmetric_difference(&b).next().copied();
        moved.into_iter().chain(gap).min()
    }

    fn unknown_in(&self, first: NaiveDate, last: NaiveDate) -> BTreeSet<NaiveDate> {
        self.open.range(first..=last).filter(|day| !self.complete.contains_key(day)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
    }

    fn days(complete: &[u32], open: &[u32]) -> MarketDays {
        let sources = || BTreeSet::from(["tushare".to_owned()]);
        let complete = complete.iter().map(|d| (day(*d), sources())).collect();
        MarketDays::new(complete, open.iter().map(|d| day(*d)).collect())
    }

    #[test]
    fn a_gap_is_unknown_only_where_a_trading_day_is_missing() {
        let days = days(&[2, 4, 8], &[2, 3, 4, 5, 8, 9]);
        assert!(days.gap_unknown(day(2), day(4)));
        assert!(days.gap_unknown(day(4), day(8)));
        assert!(!days.gap_unknown(day(8), day(10)), "nothing after the last complete day is a gap");
        assert!(!days.gap_unknown(day(2), day(3)));
        assert!(days.gap_unknown(day(2), day(8)));
    }

    #[test]
    fn a_new_last_day_concerns_itself_only_and_a_late_one_what_follows() {
        let open = [2, 3, 4, 5, 8];
        let before = days(&[2, 3], &open);
        assert_eq!(before.first_difference(&before), None);
        assert_eq!(before.first_difference(&days(&[2, 3, 4], &open)), Some(day(4)));
        assert_eq!(days(&[2, 5], &open).first_difference(&days(&[2, 3, 5], &open)), Some(day(3)));
        // A calendar that says that a day between two complete ones trades.
        assert_eq!(days(&[2, 5], &[]).first_difference(&days(&[2, 5], &[2, 4, 5])), Some(day(4)));
        // A day that lies outside what is there concerns nobody.
        assert_eq!(days(&[2, 5], &[]).first_difference(&days(&[2, 5], &[1, 8])), None);
    }
}
