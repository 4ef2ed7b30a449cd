//! One data set, judged.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use market_model::TradingCalendar;

use super::{Rhythm, due::last_due};

/// How long after it is stale a daily or weekly data set may still arrive without an alarm: its run starts at the minute at
/// which the one before it ended a day ago, and has retries to make.
const GRACE: TimeDelta = TimeDelta::hours(2);

/// The longest that the mainland's exchanges have been closed at a stretch since 2003 (Spring Festival), rounded up. Where
/// no calendar reaches today, only silence beyond it is an alarm.
const LONGEST_CLOSURE: TimeDelta = TimeDelta::days(13);

/// What is known about one source's data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dataset<'a> {
    /// The source.
    pub source: &'a str,
    /// The data set.
    pub dataset: &'a str,
    /// The last fetch that worked.
    pub last_success_at: Option<DateTime<Utc>>,
    /// The last day it brought.
    pub last_trade_date: Option<NaiveDate>,
    /// The last failure.
    pub last_error: Option<&'a str>,
    /// When that was.
    pub last_error_at: Option<DateTime<Utc>>,
}

/// What counts as fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshnessOptions {
    /// The specification's bound on the age of what is fetched daily. 24 hours.
    pub stale_after: TimeDelta,
    /// The time of day, in Shanghai, by which a trading day's data is due. 19:00.
    pub expected_by: NaiveTime,
}

impl Default for FreshnessOptions {
    fn default() -> Self {
        let expected_by = NaiveTime::from_hms_opt(19, 0, 0).unwrap_or_default();
        Self { stale_after: TimeDelta::hours(24), expected_by }
    }
}

/// How fresh a data set is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// When it is due again.
    pub rhythm: Rhythm,
    /// Whether the last success is further back than `stale_after`, whatever the calendar says; true as well if it never
    /// succeeded. Never for [`Rhythm::OnRequest`].
    pub stale: bool,
    /// The bound that `stale` goes by: the options', and a week more for what is fetched weekly.
    pub stale_after: TimeDelta,
    /// Since the last success; never negative, for the clocks of two hosts differ.
    pub age: Option<TimeDelta>,
    /// The last trading day that is due: of what follows the mainland's days, while the calendar reaches today.
    pub expected_trade_date: Option<NaiveDate>,
    /// Since when the expected day is due. For the others, when they become overdue.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether the expected day is missing: false over weekends and holidays, when nothing was due. `None` where no day is
    /// expected.
    pub late: Option<bool>,
    /// Whether it is an alarm: late, or silent for longer than its rhythm and some grace where no trading day tells.
    pub overdue: bool,
}

/// How fresh a data set is at `now`. `calendar` is the mainland's; without one nothing is late.
pub fn judge(
    facts: &Dataset<'_>,
    calendar: Option<&TradingCalendar>,
    options: &FreshnessOptions,
    now: DateTime<Utc>,
) -> Judgement {
    let rhythm = Rhythm::of(facts.source, facts.dataset);
    let stale_after = options.stale_after + rhythm.pause();
    let age = facts.last_success_at.map(|at| (now - at).max(TimeDelta::zero()));
    let stale = rhythm != Rhythm::OnRequest && age.is_none_or(|age| age > stale_after);
    let by_calendar = calendar.filter(|_| rhythm == Rhythm::TradingDay);
    let due = by_calendar.and_then(|calendar| last_due(calendar, facts.source, options.expected_by, now));
    let late = due.and_then(|(expected, _)| is_missing(facts, expected));
    let patience = patience(rhythm).map(|rest| stale_after + rest);
    let silent_until = facts.last_success_at.zip(patience).map(|(at, patience)| at + patience);
    let overdue = match silent_until {
        Some(until) => late.unwrap_or(now > until),
        // It has only ever failed. That counts while it is still being tried: what was asked for in vain once, or was switched
        // off since, does not cry for ever.
        None => facts.last_error_at.zip(patience).is_some_and(|(tried, patience)| now <= tried + patience),
    };
    Judgement {
        rhythm,
        stale,
        stale_after,
        age,
        expected_trade_date: due.map(|(day, _)| day),
        due_at: due.map(|(_, at)| at).or(silent_until),
        late,
        overdue,
    }
}

/// What is granted beyond the age at which a data set is stale; `None` for what nobody waits for.
fn patience(rhythm: Rhythm) -> Option<TimeDelta> {
    match rhythm {
        Rhythm::TradingDay => Some(LONGEST_CLOSURE),
        Rhythm::Day | Rhythm::Week => Some(GRACE),
        Rhythm::OnRequest => None,
    }
}

/// Whether `expected` is missing; `None` where the data set came without saying of which day.
fn is_missing(facts: &Dataset<'_>, expected: NaiveDate) -> Option<bool> {
    match facts.last_trade_date {
        Some(last) => Some(last < expected),
        None => facts.last_success_at.is_none().then_some(true),
    }
}

#[cfg(test)]
mod tests;
