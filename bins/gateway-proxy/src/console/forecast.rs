//! When a budget runs out, if money goes on going as it has.

use chrono::{DateTime, TimeDelta, Utc};
use route_policy::{Cny, Day};

/// What is expected of one day's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// There is no bound.
    Unbounded,
    /// Nothing is left.
    Spent,
    /// Nothing was spent in the span that is looked at: there is no rate.
    Idle,
    /// At this rate it lasts until midnight in Shanghai.
    Lasts {
        /// What will have been spent by then.
        by_midnight: Cny,
    },
    /// At this rate it is spent then.
    RunsOut(DateTime<Utc>),
}

/// The outlook at `now` for a budget of `limit` of which `used` is spent or held, where `spent` went within `span`.
pub(super) fn outlook(limit: Option<Cny>, used: Cny, spent: Cny, span: TimeDelta, now: DateTime<Utc>) -> Outlook {
    let Some(limit) = limit else { return Outlook::Unbounded };
    let left = limit.minus_to_zero(used);
    if left.is_zero() {
        return Outlook::Spent;
    }
    let (rate, span) = (i128::from(spent.nano()), i128::from(span.num_milliseconds().max(1)));
    if rate <= 0 {
        return Outlook::Idle;
    }
    let midnight = Day::of(now).end();
    let until_midnight = i128::from((midnight - now).num_milliseconds());
    let millis = i128::from(left.nano()) * span / rate;
    if millis >= until_midnight {
        let more = i64::try_from(rate * until_midnight / span).unwrap_or(i64::MAX);
        return Outlook::Lasts { by_midnight: used + Cny::from_nano(more) };
    }
    // Less than a day: it fits.
    Outlook::RunsOut(now + TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(0)))
}

/// What `spent` within `span` is by the hour.
pub(super) fn per_hour(spent: Cny, span: TimeDelta) -> Cny {
    let nano = i128::from(spent.nano()) * 3_600_000 / i128::from(span.num_milliseconds().max(1));
    Cny::from_nano(i64::try_from(nano).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: TimeDelta = TimeDelta::hours(1);

    /// Noon in Shanghai: twelve hours are left.
    fn noon() -> DateTime<Utc> {
        "2026-11-23T04:00:00Z".parse().unwrap()
    }

    fn of(limit: i64, used: i64, spent: i64, span: TimeDelta) -> Outlook {
        outlook(Some(Cny::from_yuan(limit)), Cny::from_yuan(used), Cny::from_yuan(spent), span, noon())
    }

    #[test]
    fn a_budget_runs_out_when_what_is_left_is_gone_at_the_rate_of_the_span() {
        assert_eq!(of(500, 400, 50, HOUR), Outlook::RunsOut(noon() + TimeDelta::hours(2)));
        assert_eq!(of(500, 400, 50, TimeDelta::minutes(15)), Outlook::RunsOut(noon() + TimeDelta::minutes(30)));
    }

    #[test]
    fn one_that_reaches_midnight_lasts_and_says_what_will_be_spent() {
        assert_eq!(of(500, 380, 10, HOUR), Outlook::Lasts { by_midnight: Cny::from_yuan(500) });
        assert_eq!(of(500, 0, 1, HOUR), Outlook::Lasts { by_midnight: Cny::from_yuan(12) });
        let last = outlook(Some(Cny::from_yuan(500)), Cny::ZERO, Cny::MAX, HOUR, Day::of(noon()).end());
        assert_ne!(last, Outlook::Spent, "the very moment of midnight is the next day's");
    }

    #[test]
    fn what_has_no_bound_no_money_left_or_no_rate_says_so() {
        assert_eq!(outlook(None, Cny::ZERO, Cny::MAX, HOUR, noon()), Outlook::Unbounded);
        assert_eq!(
            (of(500, 500, 1, HOUR), of(0, 0, 0, HOUR), of(500, 501, 1, HOUR)),
            (Outlook::Spent, Outlook::Spent, Outlook::Spent)
        );
        assert_eq!(of(500, 1, 0, HOUR), Outlook::Idle);
    }

    #[test]
    fn a_rate_is_told_by_the_hour() {
        assert_eq!(per_hour(Cny::from_yuan(5), TimeDelta::minutes(15)), Cny::from_yuan(20));
        assert_eq!(per_hour(Cny::ZERO, HOUR), Cny::ZERO);
    }
}
