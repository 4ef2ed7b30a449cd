//! The shape of the answer.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// The state of the data, as of `now`. All moments are Shanghai time with their offset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityStatus {
    /// The moment that ages and judgements refer to.
    pub(super) now: String,
    /// True if any data set is stale: the literal bound, whatever the calendar says.
    pub(super) stale: bool,
    /// True if any data set is overdue: what alerts go by.
    pub(super) overdue: bool,
    /// Per source and data set.
    pub(super) sources: Vec<SourceFreshness>,
    /// When each check last ran, by its name.
    pub(super) last_checks: BTreeMap<String, LastCheck>,
    /// The generation that is being served; null before the first.
    pub(super) generation: Option<ServedGeneration>,
    /// The served copy beside what is known to be published.
    pub(super) replica: Replica,
    /// What is open in the served generation; null before the first, and while it cannot be counted.
    pub(super) findings: Option<ServedFindings>,
    /// Open findings by severity, as the ingest side last reported: minutes ahead of the served generation.
    pub(super) open_findings: BTreeMap<String, u64>,
    /// When the ingest side last reported; null if it never has.
    pub(super) updated_at: Option<String>,
    /// Seconds since then.
    pub(super) age_seconds: Option<i64>,
    /// Something is committed that no generation holds yet.
    pub(super) unpublished: bool,
    /// Jobs in progress.
    pub(super) running_jobs: Vec<JobInProgress>,
    /// The last finished jobs, newest first.
    pub(super) recent_runs: Vec<JobFinished>,
    /// Progress of the backfill that runs, or of the last one; null if there was none.
    pub(super) backfill: Option<Backfill>,
    /// Days kept out of curated because too few codes arrived.
    pub(super) withheld: Vec<WithheldDate>,
}

/// The generation that answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServedGeneration {
    pub(super) number: u64,
    pub(super) published_at: String,
    pub(super) age_seconds: i64,
    /// The last day with a curated bar.
    pub(super) last_trade_date: Option<NaiveDate>,
    /// Equal content has an equal hash.
    pub(super) logical_hash: String,
}

/// The served copy beside what is known to be published.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Replica {
    /// `current`: nothing newer is known; `behind`: the ingest side has published a newer generation, which is not here yet;
    /// `refused`: a newer one is here and cannot be read, `reason` says why; `unknown`: the ingest side has never reported, so
    /// nobody knows what is newest; `empty`: there is nothing to serve yet.
    #[schema(example = "current")]
    pub(crate) state: &'static str,
    /// The served generation.
    pub(crate) generation: Option<u64>,
    /// The newest generation that the ingest side has reported.
    pub(crate) newest_generation: Option<u64>,
    /// When the served one was published.
    pub(crate) published_at: Option<String>,
    /// Seconds since then.
    pub(crate) age_seconds: Option<i64>,
    /// When the copy was last found up to date, whether or not anything new was there; null where this is the primary's own
    /// folder.
    pub(crate) synced_at: Option<String>,
    /// Seconds since then: the replica's age.
    pub(crate) sync_age_seconds: Option<i64>,
    /// When every file of it was last read and found whole.
    pub(crate) verified_at: Option<String>,
    /// Who brought it.
    pub(crate) from: Option<String>,
    /// Why a newer one is refused.
    pub(crate) reason: Option<String>,
}

/// How fresh one data set of one source is.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct SourceFreshness {
    pub(super) source: String,
    pub(super) dataset: String,
    /// When it is due again: `trading_day`, `day`, `week`, `on_request`.
    #[schema(example = "trading_day")]
    pub(super) rhythm: &'static str,
    /// The last fetch that worked.
    pub(super) last_success_at: Option<String>,
    pub(super) age_seconds: Option<i64>,
    /// More than `stale_after_h` since the last success, whatever the calendar says.
    pub(super) stale: bool,
    /// 24 hours (configurable), and a week more for what is fetched weekly (macroeconomic series).
    pub(super) stale_after_h: i64,
    /// The last day it brought.
    pub(super) last_trade_date: Option<NaiveDate>,
    /// The last trading day whose data is due; null without a calendar, and for what does not follow the mainland's days.
    pub(super) expected_trade_date: Option<NaiveDate>,
    /// Since when that day is due; of what follows no calendar, from when on it is overdue.
    pub(super) due_at: Option<String>,
    /// Whether the expected day is missing: false over weekends and holidays, when nothing was due. Null where no day is
    /// expected.
    pub(super) late: Option<bool>,
    /// Whether it is an alarm: late, or stale beyond its grace where no trading day tells.
    pub(super) overdue: bool,
    pub(super) last_error: Option<String>,
    pub(super) last_error_at: Option<String>,
}

/// The last run of a check.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct LastCheck {
    pub(super) checked_at: String,
    pub(super) age_seconds: i64,
}

/// What is open in the served generation.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ServedFindings {
    /// Open findings by severity.
    pub(super) by_severity: BTreeMap<String, u64>,
    /// Open findings by check.
    pub(super) by_check: BTreeMap<String, u64>,
    /// Rows in quarantine on which nobody has decided.
    pub(super) quarantined: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobInProgress {
    pub(super) job_id: String,
    pub(super) kind: String,
    pub(super) started_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobFinished {
    pub(super) job_id: String,
    pub(super) kind: String,
    pub(super) started_at: String,
    pub(super) finished_at: String,
    /// `ok`, or how it failed.
    pub(super) outcome: String,
    /// Rows it changed.
    pub(super) rows: u64,
    pub(super) message: Option<String>,
}

/// How far a backfill is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Backfill {
    /// The job's id.
    pub(super) id: String,
    /// The vendor whose history it brings.
    pub(super) source: String,
    /// `planning`, `fetching`, `assembling`, `done` or `failed`.
    #[schema(example = "fetching")]
    pub(super) phase: &'static str,
    /// Codes whose history is complete on the primary's disk; served once the phase is `done`.
    pub(super) codes_done: u64,
    /// Codes altogether; 0 until it is planned.
    pub(super) codes_total: u64,
    /// Codes that were given up.
    pub(super) codes_failed: u64,
    /// `codes_done` and `codes_failed` of `codes_total`, in percent with one decimal; null until it is planned.
    pub(super) percent: Option<f64>,
    /// Bars so far.
    pub(super) rows: u64,
    pub(super) started_at: Option<String>,
    /// When the ingest side last reported on it.
    pub(super) updated_at: Option<String>,
    /// Seconds since then: one that is not over and silent for minutes has stopped.
    pub(super) age_seconds: Option<i64>,
    /// Seconds that it will probably still take.
    pub(super) eta_s: Option<u64>,
    pub(super) requests_done: u64,
    pub(super) requests_total_estimate: u64,
    pub(super) message: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WithheldDate {
    pub(super) trade_date: NaiveDate,
    /// Rows that a complete day would have.
    pub(super) expected: u32,
    /// Rows that arrived.
    pub(super) present: u32,
    pub(super) reason: String,
}
