//! The rules about whole days.

use chrono::NaiveDate;
use market_model::TradingCalendar;

use crate::{Finding, rules};

/// How many rows of a data set a source has for a day, and which columns it sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    /// The source.
    pub source: String,
    /// Its data set.
    pub dataset: String,
    /// The day.
    pub date: NaiveDate,
    /// Rows that are stored.
    pub rows: u64,
    /// The columns of the response they came in, where its body tells.
    pub columns: Option<Vec<String>>,
}

/// A day and the days around it.
#[derive(Debug, Clone, Copy)]
pub struct DayFacts<'a> {
    /// The day to judge.
    pub date: NaiveDate,
    /// Counts of the day, of about [`DayFacts::LOOK_BACK`] trading days before it, and of some after it where there are any
    /// already; in any order. A data set without an entry for a day has no rows of it.
    pub counts: &'a [DayCount],
    /// The mainland's trading days.
    pub calendar: &'a TradingCalendar,
}

impl DayFacts<'_> {
    /// Trading days before the one at hand that tell what is usual.
    pub const LOOK_BACK: usize = 20;
}

/// Runs every rule about whole days, as [`check_code`](crate::check_code) runs those about one code.
pub fn check_day(day: &DayFacts<'_>, out: &mut Vec<Finding>) {
    rules::batch_drift::check(day, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_judged_by_every_rule_about_days() {
        let first: NaiveDate = "2024-01-01".parse().unwrap();
        let days: Vec<NaiveDate> = first.iter_days().take(21).collect();
        let calendar = TradingCalendar::from_days(days.iter().map(|day| (*day, true)));
        let (source, dataset) = ("tushare".to_owned(), "daily".to_owned());
        let count = |(at, date): (usize, &NaiveDate)| DayCount {
            source: source.clone(),
            dataset: dataset.clone(),
            date: *date,
            rows: if at == DayFacts::LOOK_BACK { 1 } else { 5_400 },
            columns: None,
        };
        let counts: Vec<DayCount> = days.iter().enumerate().map(count).collect();
        let mut found = Vec::new();
        check_day(&DayFacts { date: days[DayFacts::LOOK_BACK], counts: &counts, calendar: &calendar }, &mut found);
        assert_eq!(found.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["batch_drift"]);
    }
}
