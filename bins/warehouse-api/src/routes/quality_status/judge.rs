//! Ages and judgements, from the facts that the ingest side reported.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use market_model::TradingCalendar;
use warehouse::{Freshness, Generation, StatusFile};

use super::body::{
    Backfill, DatasetFreshness, JobFinished, JobInProgress, QualityStatus, ServedGeneration, WithheldDate,
};
use crate::shanghai;

/// A day's data is due by then, Shanghai time: the scheduled run starts at 18:30 and has retries to make.
const DUE: NaiveTime = match NaiveTime::from_hms_opt(20, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// The status as of `now`.
pub(super) fn judge(
    status: Option<&StatusFile>,
    generation: Option<&Generation>,
    stale_after: TimeDelta,
    now: DateTime<Utc>,
) -> QualityStatus {
    let calendar = generation.map(Generation::calendar);
    let freshness = status.map_or(&[][..], |status| &status.freshness);
    let freshness: Vec<_> = freshness.iter().map(|facts| dataset(facts, calendar, stale_after, now)).collect();
    QualityStatus {
        now: shanghai::text(now),
        stale: freshness.iter().any(|dataset| dataset.stale),
        generation: generation.map(|generation| served(generation, now)),
        updated_at: status.map(|status| shanghai::text(status.updated_at)),
        age_seconds: status.map(|status| age_seconds(status.updated_at, now)),
        unpublished: status.is_some_and(|status| status.unpublished),
        freshness,
        running_jobs: list(
            status,
            |status| &status.running_jobs,
            |job| JobInProgress {
                job_id: job.job_id.clone(),
                kind: job.kind.clone(),
                started_at: shanghai::text(job.started_at),
            },
        ),
        recent_runs: list(
            status,
            |status| &status.recent_runs,
            |job| JobFinished {
                job_id: job.job_id.clone(),
                kind: job.kind.clone(),
                started_at: shanghai::text(job.started_at),
                finished_at: shanghai::text(job.finished_at),
                outcome: job.outcome.clone(),
                rows: job.rows,
                message: job.message.clone(),
            },
        ),
        backfill: status.and_then(|status| status.backfill.as_ref()).map(|backfill| Backfill {
            done: backfill.done,
            total: backfill.total,
            last_trade_date: backfill.last_trade_date,
        }),
        withheld: list(
            status,
            |status| &status.withheld,
            |day| WithheldDate {
                trade_date: day.trade_date,
                expected: day.expected,
                present: day.present,
                reason: day.reason.clone(),
            },
        ),
        last_checks: status
            .map(|status| status.last_checks.iter().map(|(name, at)| (name.clone(), shanghai::text(*at))).collect())
            .unwrap_or_default(),
        open_findings: status.map(|status| status.open_findings.clone()).unwrap_or_default(),
    }
}

fn list<T: 'static, U>(
    status: Option<&StatusFile>,
    of: impl Fn(&StatusFile) -> &Vec<T>,
    map: impl Fn(&T) -> U,
) -> Vec<U> {
    status.map(|status| of(status).iter().map(map).collect()).unwrap_or_default()
}

fn served(generation: &Generation, now: DateTime<Utc>) -> ServedGeneration {
    ServedGeneration {
        number: generation.number(),
        published_at: shanghai::text(generation.published_at()),
        age_seconds: age_seconds(generation.published_at(), now),
        last_trade_date: generation.last_trade_date(),
        logical_hash: generation.manifest().logical_hash.clone(),
    }
}

fn dataset(
    facts: &Freshness,
    calendar: Option<&TradingCalendar>,
    stale_after: TimeDelta,
    now: DateTime<Utc>,
) -> DatasetFreshness {
    let expected_trade_date = calendar.and_then(|calendar| last_due(calendar, now));
    DatasetFreshness {
        source: facts.source.clone(),
        dataset: facts.dataset.clone(),
        last_success_at: facts.last_success_at.map(shanghai::text),
        age_seconds: facts.last_success_at.map(|at| age_seconds(at, now)),
        stale: facts.last_success_at.is_none_or(|at| now - at > stale_after),
        last_trade_date: facts.last_trade_date,
        expected_trade_date,
        late: expected_trade_date.zip(facts.last_trade_date).map(|(expected, last)| last < expected),
        last_error: facts.last_error.clone(),
        last_error_at: facts.last_error_at.map(shanghai::text),
    }
}

/// The last trading day whose data should be there.
fn last_due(calendar: &TradingCalendar, now: DateTime<Utc>) -> Option<NaiveDate> {
    let today = shanghai::date(now);
    let is_due_today = shanghai::time(now) >= DUE && calendar.is_open(today) == Some(true);
    if is_due_today { Some(today) } else { calendar.previous_open(today) }
}

/// Never negative: the clocks of two hosts differ.
fn age_seconds(at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (now - at).num_seconds().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(shanghai: &str) -> DateTime<Utc> {
        format!("{shanghai}:00+08:00").parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn judged(last_success: &str, last_day: &str, now: &str) -> (bool, Option<bool>) {
        let facts = Freshness {
            source: "tushare".to_owned(),
            dataset: "daily".to_owned(),
            last_success_at: Some(moment(last_success)),
            last_trade_date: Some(day(last_day)),
            last_error: None,
            last_error_at: None,
        };
        // Thursday 30 April 2026 trades, Friday 1 May is Labour Day, Wednesday 6 May trades again.
        let calendar = TradingCalendar::from_days([
            (day("2026-04-29"), true),
            (day("2026-04-30"), true),
            (day("2026-05-01"), false),
            (day("2026-05-05"), false),
            (day("2026-05-06"), true),
        ]);
        let judged = dataset(&facts, Some(&calendar), TimeDelta::hours(24), moment(now));
        (judged.stale, judged.late)
    }

    #[test]
    fn stale_is_literal_and_late_goes_by_the_calendar() {
        assert_eq!(judged("2026-04-30T18:31", "2026-04-30", "2026-04-30T19:00"), (false, Some(false)));
        assert_eq!(judged("2026-04-30T18:31", "2026-04-30", "2026-05-05T12:00"), (true, Some(false)), "a holiday");
        assert_eq!(judged("2026-04-30T18:31", "2026-04-30", "2026-05-06T19:59"), (true, Some(false)), "not due yet");
        assert_eq!(judged("2026-04-30T18:31", "2026-04-30", "2026-05-06T20:00"), (true, Some(true)));
        assert_eq!(judged("2026-04-30T18:31", "2026-04-29", "2026-04-30T20:00"), (false, Some(true)));
    }

    #[test]
    fn a_data_set_that_never_arrived_is_stale() {
        let facts = Freshness {
            source: "tushare".to_owned(),
            dataset: "daily".to_owned(),
            last_success_at: None,
            last_trade_date: None,
            last_error: Some("timed out".to_owned()),
            last_error_at: Some(moment("2026-04-30T18:31")),
        };
        let judged = dataset(&facts, None, TimeDelta::hours(24), moment("2026-04-30T18:32"));
        assert!(judged.stale);
        assert_eq!((judged.late, judged.age_seconds), (None, None));
        assert_eq!(judged.last_error_at.as_deref(), Some("2026-04-30T18:31:00+08:00"));
    }
}
