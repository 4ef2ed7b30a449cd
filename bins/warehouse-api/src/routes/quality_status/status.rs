//! The status as of a moment, from the facts that the ingest side reported.

use chrono::{DateTime, Utc};
use market_model::TradingCalendar;
use quality_rules::freshness::{FreshnessOptions, Rhythm, judge};
use warehouse::{BackfillProgress, Freshness, Generation, ReplicaFile, StatusFile};

use super::{
    body::{
        Backfill, JobFinished, JobInProgress, LastCheck, QualityStatus, ServedFindings, ServedGeneration,
        SourceFreshness, WithheldDate,
    },
    replica,
};
use crate::{finding_counts::FindingCounts, shanghai};

/// What is known when somebody asks.
pub(super) struct Known<'a> {
    /// The last report of the ingest side.
    pub(super) status: Option<&'a StatusFile>,
    /// The generation that is being served.
    pub(super) generation: Option<&'a Generation>,
    /// What is open in it.
    pub(super) counts: Option<&'a FindingCounts>,
    /// Why the newest generation is not the one being served.
    pub(super) refusal: Option<String>,
    /// What the served copy says of itself, where it is one.
    pub(super) copy: Option<ReplicaFile>,
}

/// The status as of `now`.
pub(super) fn as_of(now: DateTime<Utc>, known: Known<'_>, options: &FreshnessOptions) -> QualityStatus {
    let Known { status, generation, counts, refusal, copy } = known;
    let calendar = generation.map(Generation::calendar);
    let facts = status.map_or(&[][..], |status| &status.freshness);
    let sources: Vec<_> = facts.iter().map(|facts| source(facts, calendar, options, now)).collect();
    QualityStatus {
        now: shanghai::text(now),
        stale: sources.iter().any(|dataset| dataset.stale),
        overdue: sources.iter().any(|dataset| dataset.overdue),
        sources,
        last_checks: status.map(|status| last_checks(status, now)).unwrap_or_default(),
        generation: generation.map(|generation| served(generation, now)),
        replica: replica::of(
            generation.map(|generation| (generation.number(), generation.published_at())),
            status,
            copy.as_ref(),
            refusal,
            now,
        ),
        findings: counts.map(findings),
        open_findings: status.map(|status| status.open_findings.clone()).unwrap_or_default(),
        updated_at: status.map(|status| shanghai::text(status.updated_at)),
        age_seconds: status.map(|status| age_seconds(status.updated_at, now)),
        unpublished: status.is_some_and(|status| status.unpublished),
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

fn last_checks(status: &StatusFile, now: DateTime<Utc>) -> std::collections::BTreeMap<String, LastCheck> {
    let last = |at| LastCheck { checked_at: shanghai::text(at), age_seconds: age_seconds(at, now) };
    status.last_checks.iter().map(|(name, at)| (name.clone(), last(*at))).collect()
}

fn findings(counts: &FindingCounts) -> ServedFindings {
    let mut served = ServedFindings { quarantined: counts.quarantined, ..ServedFindings::default() };
    for open in &counts.open {
        *served.by_severity.entry(open.severity.clone()).or_default() += open.count;
        *served.by_check.entry(open.check.clone()).or_default() += open.count;
    }
    served
}

fn source(
    facts: &Freshness,
    calendar: Option<&TradingCalendar>,
    options: &FreshnessOptions,
    now: DateTime<Utc>,
) -> SourceFreshness {
    let judged = judge(&facts.into(), calendar, options, now);
    SourceFreshness {
        source: facts.source.clone(),
        dataset: facts.dataset.clone(),
        rhythm: match judged.rhythm {
            Rhythm::TradingDay => "trading_day",
            Rhythm::Day => "day",
            Rhythm::Week => "week",
            Rhythm::OnRequest => "on_request",
        },
        last_success_at: facts.last_success_at.map(shanghai::text),
        age_seconds: judged.age.map(|age| age.num_seconds()),
        stale: judged.stale,
        stale_after_h: judged.stale_after.num_hours(),
        last_trade_date: facts.last_trade_date,
        expected_trade_date: judged.expected_trade_date,
        due_at: judged.due_at.map(shanghai::text),
        late: judged.late,
        overdue: judged.overdue,
        last_error: facts.last_error.clone(),
        last_error_at: facts.last_error_at.map(shanghai::text),
    }
}

/// Never negative: the clocks of two hosts differ.
pub(super) fn age_seconds(at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (now - at).num_seconds().max(0)
}

#[cfg(test)]
mod tests {
    use warehouse::BackfillPhase;

    use super::*;

    fn moment(shanghai: &str) -> DateTime<Utc> {
        format!("{shanghai}:00+08:00").parse().unwrap()
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
        let judged = source(&facts, None, &FreshnessOptions::default(), moment("2026-04-30T18:32"));
        assert!(judged.stale && judged.overdue);
        assert_eq!((judged.late, judged.age_seconds, judged.rhythm), (None, None, "trading_day"));
        assert_eq!(judged.last_error_at.as_deref(), Some("2026-04-30T18:31:00+08:00"));
    }
}
