//! Ages and judgements, from the facts that the ingest side reported.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use market_model::TradingCalendar;
use warehouse::{BackfillProgress, Freshness, Generation, StatusFile};

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
        backfill: status.and_then(|status| status.backfill.as_ref()).map(|progress| backfill(progress, now)),
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

fn backfill(progress: &BackfillProgress, now: DateTime<Utc>) -> Backfill {
    let BackfillProgress { codes_done, codes_total, codes_failed, .. } = *progress;
    // Rounded down: 100 is said when everything is done, not before.
    let permille = (codes_total > 0).then(|| ((codes_done + codes_failed) * 1000 / codes_total).min(1000));
    Backfill {
        id: progress.id.clone(),
        source: progress.source.clone(),
        phase: progress.phase.as_str(),
        codes_done,
        codes_total,
        codes_failed,
        percent: permille.map(|permille| permille as f64 / 10.0),
        rows: progress.rows,
        started_at: progress.started_at.map(shanghai::text),
        updated_at: progress.updated_at.map(shanghai::text),
        age_seconds: progress.updated_at.map(|at| age_seconds(at, now)),
        eta_s: progress.eta_s.filter(|_| !progress.phase.is_over()),
        requests_done: progress.requests_done,
        requests_total_estimate: progress.requests_total_estimate,
        message: progress.message.clone(),
    }
}

fn dataset(
    facts: &Freshness,
    calendar: Option<&TradingCalendar>,
    stale_after: TimeDelta,
    now: DateTime<Utc>,
) -> DatasetFreshness {
    let rhythm = Rhythm::of(facts);
    let stale_after = stale_after + rhythm.pause();
    let expected_trade_date =
        calendar.filter(|_| rhythm == Rhythm::TradingDay).and_then(|calendar| last_due(calendar, now));
    DatasetFreshness {
        source: facts.source.clone(),
        dataset: facts.dataset.clone(),
        last_success_at: facts.last_success_at.map(shanghai::text),
        age_seconds: facts.last_success_at.map(|at| age_seconds(at, now)),
        stale: facts.last_success_at.is_none_or(|at| now - at > stale_after),
        stale_after_h: stale_after.num_hours(),
        last_trade_date: facts.last_trade_date,
        expected_trade_date,
        late: expected_trade_date.zip(facts.last_trade_date).map(|(expected, last)| last < expected),
        last_error: facts.last_error.clone(),
        last_error_at: facts.last_error_at.map(shanghai::text),
    }
}

/// When a data set is due again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rhythm {
    /// With every trading day of the mainland.
    TradingDay,
    /// Every day, by calendars that nobody here keeps: bars of the rest of the world, and companies' reports, whose last day is
    /// a quarter's.
    Day,
    /// Every week: macroeconomic series.
    Week,
}

/// The vendors' own names of what they have for every trading day: Tushare's first, then TDX's.
const BY_TRADING_DAY: [&str; 8] =
    ["daily", "adj_factor", "daily_basic", "suspend_d", "stk_limit", "index_daily", "bars", "index_bars"];

impl Rhythm {
    fn of(facts: &Freshness) -> Self {
        match (facts.source.as_str(), facts.dataset.as_str()) {
            (_, "macro") | ("aktools", _) => Self::Week,
            ("tushare" | "tdx", dataset) if BY_TRADING_DAY.contains(&dataset) => Self::TradingDay,
            _ => Self::Day,
        }
    }

    /// How much longer than a day it rests between two fetches.
    fn pause(self) -> TimeDelta {
        match self {
            Self::TradingDay | Self::Day => TimeDelta::zero(),
            Self::Week => TimeDelta::days(7),
        }
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
    use warehouse::BackfillPhase;

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
    fn what_is_fetched_weekly_or_abroad_is_not_judged_by_the_mainlands_days() {
        let facts = |source: &str, dataset: &str| Freshness {
            source: source.to_owned(),
            dataset: dataset.to_owned(),
            last_success_at: Some(moment("2026-04-27T03:00")),
            last_trade_date: Some(day("2026-04-24")),
            last_error: None,
            last_error_at: None,
        };
        let calendar = TradingCalendar::from_days([(day("2026-04-27"), true), (day("2026-04-28"), true)]);
        let judged = |source: &str, dataset: &str, now: &str| {
            let judged = dataset_of(&facts(source, dataset), &calendar, moment(now));
            (judged.stale, judged.late, judged.stale_after_h)
        };
        assert_eq!(judged("aktools", "macro", "2026-05-05T03:00"), (false, None, 192));
        assert_eq!(judged("aktools", "macro", "2026-05-05T03:01"), (true, None, 192));
        assert_eq!(judged("yahoo", "daily", "2026-04-28T21:00"), (true, None, 24));
        assert_eq!(judged("tushare", "fina_indicator", "2026-04-28T21:00"), (true, None, 24), "its days are quarters");
        assert_eq!(judged("tdx", "daily", "2026-04-28T21:00"), (true, Some(true), 24));
    }

    fn dataset_of(facts: &Freshness, calendar: &TradingCalendar, now: DateTime<Utc>) -> DatasetFreshness {
        dataset(facts, Some(calendar), TimeDelta::hours(24), now)
    }

    #[test]
    fn a_backfill_says_how_far_it_is() {
        let now = moment("2026-04-30T18:00");
        let mut progress = BackfillProgress {
            codes_done: 2_998,
            codes_total: 3_000,
            codes_failed: 1,
            phase: BackfillPhase::Fetching,
            updated_at: Some(moment("2026-04-30T17:58")),
            eta_s: Some(4),
            ..BackfillProgress::default()
        };
        let judged = backfill(&progress, now);
        assert_eq!((judged.phase, judged.percent, judged.eta_s), ("fetching", Some(99.9), Some(4)));
        assert_eq!(judged.age_seconds, Some(120));
        progress.phase = BackfillPhase::Done;
        assert_eq!(backfill(&progress, now).eta_s, None, "it is over");
        assert_eq!(backfill(&BackfillProgress::default(), now).percent, None, "nothing is planned yet");
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
