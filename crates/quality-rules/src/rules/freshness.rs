//! A source has not brought what is due.
//!
//! A rule over rows cannot see the rows that never came: when a worker dies or a token expires, everything that is stored
//! stays right and gets old. So this one goes by the clock. The specification's bound, 24 hours since the last success, is
//! reported as `stale` wherever freshness is shown; taken as an alarm it would cry every Sunday and all through Golden Week.
//! The alarm therefore asks what was due: a trading day's data by a time of that evening (`warehouse.expected_by`, TDX an
//! hour later), so that a run missed at 18:30 is known at 19:00 and a week without trading is silent. Data sets that follow
//! no trading day (bars abroad, reference data, reports, macroeconomic series) are overdue when they are stale and two hours
//! more. What is fetched on request only is never overdue.
//!
//! Only data sets that were fetched, or tried, are judged: a source that was never switched on is not missed.
//!
//! **Example.** Tushare's `daily` last brought 2026-09-29 and it is 19:00 on 2026-09-30: error. The same at noon on
//! 2026-10-05, when nothing was due since the 30th had come: stale, no finding.

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
use market_model::TradingCalendar;
use serde_json::json;

use crate::{
    Finding, Origin, RuleInfo, Severity,
    freshness::{Dataset, FreshnessOptions, Judgement, judge},
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "freshness",
    severity: Severity::Error,
    origin: Origin::Clock,
    title: "A source has not brought what is due",
};

/// Raises a finding for every data set that is overdue at `now`; its subject is `source/dataset`.
pub fn check(
    datasets: &[Dataset<'_>],
    calendar: Option<&TradingCalendar>,
    options: &FreshnessOptions,
    now: DateTime<Utc>,
    out: &mut Vec<Finding>,
) {
    for facts in datasets {
        let judged = judge(facts, calendar, options, now);
        if judged.overdue {
            out.push(finding(facts, &judged));
        }
    }
}

fn finding(facts: &Dataset<'_>, judged: &Judgement) -> Finding {
    let subject = format!("{}/{}", facts.source, facts.dataset);
    let time = |at: DateTime<Utc>| at.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M").to_string();
    let due = judged.due_at.map(|at| format!(" since {}", time(at))).unwrap_or_default();
    let mut message = match (judged.expected_trade_date, facts.last_trade_date) {
        (Some(expected), Some(last)) => format!("{subject} ends on {last}; {expected} is due{due}"),
        _ => match facts.last_success_at {
            Some(at) => format!("{subject} last came at {}; it is due{due}", time(at)),
            None => format!("{subject} has never come"),
        },
    };
    if let Some(error) = facts.last_error {
        message = format!("{message}; the last error: {error}");
    }
    let details = json!({
        "source": facts.source,
        "dataset": facts.dataset,
        "expected_trade_date": judged.expected_trade_date,
        "last_trade_date": facts.last_trade_date,
        "last_success_at": facts.last_success_at,
        "due_at": judged.due_at,
        "last_error": facts.last_error,
        "last_error_at": facts.last_error_at,
    });
    Finding::new(&INFO, message, details).about(subject)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// September and October 2026 without weekends and Golden Week.
    fn calendar() -> TradingCalendar {
        use chrono::{
            Datelike as _,
            Weekday::{Sat, Sun},
        };
        let first: chrono::NaiveDate = "2026-09-01".parse().unwrap();
        let is_open =
            |day: chrono::NaiveDate| !(matches!(day.weekday(), Sat | Sun) || day.month() == 10 && day.day() < 8);
        TradingCalendar::from_days(first.iter_days().take(61).map(|day| (day, is_open(day))))
    }

    fn moment(shanghai: &str) -> DateTime<Utc> {
        format!("{shanghai}:00+08:00").parse().unwrap()
    }

    fn dataset<'a>(source: &'a str, dataset: &'a str, success: &str, day: &str) -> Dataset<'a> {
        Dataset {
            source,
            dataset,
            last_success_at: Some(moment(success)),
            last_trade_date: day.parse().ok(),
            last_error: None,
            last_error_at: None,
        }
    }

    fn found(datasets: &[Dataset<'_>], now: DateTime<Utc>) -> Vec<String> {
        let mut out = Vec::new();
        check(datasets, Some(&calendar()), &FreshnessOptions::default(), now, &mut out);
        assert!(out.iter().all(|finding| finding.check == "freshness" && finding.severity == Severity::Error));
        assert!(out.iter().all(|finding| finding.code.is_none() && finding.trade_date.is_none()));
        out.into_iter().map(|finding| finding.subject).collect()
    }

    #[test]
    fn test_freshness_check() {
        // Tushare's ingest is switched off after Monday's run, and the clock goes on.
        let fetched = moment("2026-09-21T18:31");
        let facts = [
            dataset("tushare", "daily", "2026-09-21T18:31", "2026-09-21"),
            dataset("tushare", "adj_factor", "2026-09-21T18:31", "2026-09-21"),
            dataset("tdx", "xdxr", "2026-05-02T03:00", "-"),
        ];
        let at = |hours, seconds| fetched + TimeDelta::hours(hours) + TimeDelta::seconds(seconds);
        let stale = |now| judge(&facts[0], Some(&calendar()), &FreshnessOptions::default(), now).stale;
        assert!(!stale(at(24, 0)));
        assert!(stale(at(24, 1)), "24 hours have passed");
        assert!(found(&facts, at(24, 1)).is_empty(), "Tuesday's data is not due before 19:00");
        assert_eq!(found(&facts, moment("2026-09-22T19:00")), ["tushare/daily", "tushare/adj_factor"]);
    }

    #[test]
    fn golden_week_is_silent_and_a_missed_run_after_it_is_not() {
        let facts = [dataset("tushare", "daily", "2026-09-30T18:31", "2026-09-30")];
        let (mut now, end) = (moment("2026-09-30T18:31"), moment("2026-10-08T19:00"));
        while now < end {
            assert!(found(&facts, now).is_empty(), "{now}");
            now += TimeDelta::minutes(30);
        }
        assert_eq!(found(&facts, end), ["tushare/daily"]);
    }

    #[test]
    fn the_message_says_what_is_missing_since_when_and_why() {
        let said = |facts: Dataset<'_>| {
            let mut out = Vec::new();
            check(&[facts], Some(&calendar()), &FreshnessOptions::default(), moment("2026-09-22T20:00"), &mut out);
            out.pop().unwrap().message
        };
        let refused = Dataset {
            last_error: Some("token refused"),
            last_error_at: Some(moment("2026-09-22T18:31")),
            ..dataset("tushare", "daily", "2026-09-21T18:31", "2026-09-21")
        };
        assert_eq!(
            said(refused),
            "tushare/daily ends on 2026-09-21; 2026-09-22 is due since 2026-09-22 19:00; the last error: token refused"
        );
        assert_eq!(
            said(dataset("yahoo", "daily", "2026-09-20T06:02", "-")),
            "yahoo/daily last came at 2026-09-20 06:02; it is due since 2026-09-21 08:02"
        );
        let never = Dataset { last_success_at: None, last_trade_date: None, ..refused };
        assert_eq!(said(never), "tushare/daily has never come; the last error: token refused");
    }

    #[test]
    fn the_details_do_not_change_while_the_data_set_stays_silent() {
        let facts = [dataset("yahoo", "daily", "2026-09-20T06:02", "2026-09-18")];
        let details = |now| {
            let mut out = Vec::new();
            check(&facts, None, &FreshnessOptions::default(), moment(now), &mut out);
            (out[0].details.clone(), out[0].message.clone())
        };
        assert_eq!(details("2026-09-22T00:00"), details("2026-09-23T06:00"));
        assert_eq!(details("2026-09-22T00:00").0["last_trade_date"], "2026-09-18");
    }
}
