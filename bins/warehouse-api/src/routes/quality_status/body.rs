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
    /// True if any data set is stale.
    pub(super) stale: bool,
    /// The generation that is being served; null before the first.
    pub(super) generation: Option<ServedGeneration>,
    /// When the ingest side last reported; null if it never has.
    pub(super) updated_at: Option<String>,
    /// Seconds since then.
    pub(super) age_seconds: Option<i64>,
    /// Something is committed that no generation holds yet.
    pub(super) unpublished: bool,
    /// Per source and data set.
    pub(super) freshness: Vec<DatasetFreshness>,
    /// Jobs in progress.
    pub(super) running_jobs: Vec<JobInProgress>,
    /// The last finished jobs, newest first.
    pub(super) recent_runs: Vec<JobFinished>,
    /// Progress of the backfill that runs, or of the last one; null if there was none.
    pub(super) backfill: Option<Backfill>,
    /// Days kept out of curated because too few codes arrived.
    pub(super) withheld: Vec<WithheldDate>,
    /// When each check last ran.
    pub(super) last_checks: BTreeMap<String, String>,
    /// Open findings by severity.
    pub(super) open_findings: BTreeMap<String, u64>,
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

/// How fresh one data set of one source is.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct DatasetFreshness {
    pub(super) source: String,
    pub(super) dataset: String,
    /// The last fetch that worked.
    pub(super) last_success_at: Option<String>,
    pub(super) age_seconds: Option<i64>,
    /// More than `stale_after_h` since the last success, whatever the calendar says.
    pub(super) stale: bool,
    /// 24 hours (configurable), and a week more for what is fetched weekly (macroeconomic series).
    pub(super) stale_after_h: i64,
    /// The last day it brought.
    pub(super) last_trade_date: Option<NaiveDate>,
    /// The last trading day whose data is due (20:00 in Shanghai); null without a calendar, and for what does not follow the
    /// mainland's days.
    pub(super) expected_trade_date: Option<NaiveDate>,
    /// Whether that day is missing: false over weekends and holidays, when nothing was due. Null where nothing can be said.
    pub(super) late: Option<bool>,
    pub(super) last_error: Option<String>,
    pub(super) last_error_at: Option<String>,
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
