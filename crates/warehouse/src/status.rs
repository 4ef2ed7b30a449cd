//! `status.json`: how the warehouse is doing, rewritten after every job and carried to replicas.

use std::{collections::BTreeMap, path::Path};

use chrono::{DateTime, NaiveDate, Utc};
use quality_rules::freshness::Dataset;
use serde::{Deserialize, Serialize};

use crate::{WarehouseError, durable, layout::STATUS_FILE};

/// The state of ingest and quality. Readers ignore fields they do not know and default those that are absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusFile {
    /// When it was written.
    pub updated_at: DateTime<Utc>,
    /// The current generation at that moment.
    #[serde(default)]
    pub generation: Option<u64>,
    /// The last day with curated bars.
    #[serde(default)]
    pub last_trade_date: Option<NaiveDate>,
    /// The writer's count of commits that changed market data.
    #[serde(default)]
    pub commit_seq: u64,
    /// Whether something is committed that no generation holds yet.
    #[serde(default)]
    pub unpublished: bool,
    /// Per source and data set.
    #[serde(default)]
    pub freshness: Vec<Freshness>,
    /// Jobs in progress.
    #[serde(default)]
    pub running_jobs: Vec<RunningJob>,
    /// The last finished jobs, newest first.
    #[serde(default)]
    pub recent_runs: Vec<FinishedJob>,
    /// Progress of the backfill that runs, or of the last one.
    #[serde(default)]
    pub backfill: Option<BackfillProgress>,
    /// Days kept out of curated because too few codes arrived.
    #[serde(default)]
    pub withheld: Vec<WithheldDay>,
    /// When each check last ran.
    #[serde(default)]
    pub last_checks: BTreeMap<String, DateTime<Utc>>,
    /// Open findings by severity.
    #[serde(default)]
    pub open_findings: BTreeMap<String, u64>,
}

/// How fresh one data set of one source is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Freshness {
    /// The vendor.
    pub source: String,
    /// Its data set.
    pub dataset: String,
    /// The last fetch that worked.
    pub last_success_at: Option<DateTime<Utc>>,
    /// The last day it brought.
    pub last_trade_date: Option<NaiveDate>,
    /// The last failure.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<DateTime<Utc>>,
}

/// As the rules judge it.
impl<'a> From<&'a Freshness> for Dataset<'a> {
    fn from(facts: &'a Freshness) -> Self {
        Self {
            source: &facts.source,
            dataset: &facts.dataset,
            last_success_at: facts.last_success_at,
            last_trade_date: facts.last_trade_date,
            last_error: facts.last_error.as_deref(),
            last_error_at: facts.last_error_at,
        }
    }
}

/// A job that is being worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunningJob {
    /// Its id in the queue.
    pub job_id: String,
    /// What it does, for example `fetch_daily_market`.
    pub kind: String,
    /// Since when.
    pub started_at: DateTime<Utc>,
}

/// A job that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinishedJob {
    /// Its id in the queue.
    pub job_id: String,
    /// What it did.
    pub kind: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// `ok`, or how it failed.
    pub outcome: String,
    /// Rows it changed.
    pub rows: u64,
    /// More about a failure.
    pub message: Option<String>,
}

/// How far a backfill is: the one that runs, or the last one that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackfillProgress {
    /// The job's id in the queue.
    pub id: String,
    /// The vendor whose history it brings.
    pub source: String,
    /// What it is doing.
    pub phase: BackfillPhase,
    /// Codes whose history is complete on disk.
    pub codes_done: u64,
    /// Codes altogether; 0 until it is planned.
    pub codes_total: u64,
    /// Codes that were given up.
    pub codes_failed: u64,
    /// Bars so far.
    pub rows: u64,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When this was written.
    pub updated_at: Option<DateTime<Utc>>,
    /// Seconds that it will probably still take; `None` where nothing can be said.
    pub eta_s: Option<u64>,
    /// Requests answered so far.
    pub requests_done: u64,
    /// Requests that the plan expects altogether.
    pub requests_total_estimate: u64,
    /// What an operator should know, for example why it failed; empty where there is nothing to say.
    pub message: String,
}

/// What a backfill is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillPhase {
    /// Finding out which codes and days are to be fetched.
    #[default]
    Planning,
    /// Asking the vendor.
    Fetching,
    /// Building the next base from what was fetched.
    Assembling,
    /// Everything is served.
    Done,
    /// It gave up; the message says why.
    Failed,
    /// Something that a newer program does.
    #[serde(other)]
    Unknown,
}

impl BackfillPhase {
    /// The text in the status file and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Fetching => "fetching",
            Self::Assembling => "assembling",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// A day that is kept out of curated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithheldDay {
    /// The day.
    pub trade_date: NaiveDate,
    /// Rows that a complete day would have.
    pub expected: u32,
    /// Rows that arrived.
    pub present: u32,
    /// Why, in words.
    #[serde(default)]
    pub reason: String,
}

/// Replaces `status.json` in `published_dir`: a reader sees the old text or the new one.
pub fn write_status(published_dir: &Path, status: &StatusFile) -> Result<(), WarehouseError> {
    std::fs::create_dir_all(published_dir)?;
    durable::write_json(&published_dir.join(STATUS_FILE), status)
}

/// Reads `status.json`; `None` if there is none yet.
///
/// # Errors
/// `Damaged` if it is not what [`write_status`] wrote.
pub fn read_status(published_dir: &Path) -> Result<Option<StatusFile>, WarehouseError> {
    let path = published_dir.join(STATUS_FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let status = serde_json::from_slice(&bytes);
    status.map(Some).map_err(|error| WarehouseError::Damaged { file: path, detail: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reads_back_and_replaces_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let published = dir.path().join("published");
        assert_eq!(read_status(dir.path()).unwrap(), None);
        let mut status: StatusFile = serde_json::from_str(r#"{"updated_at": "2026-04-30T09:00:00Z"}"#).unwrap();
        for generation in [1, 2] {
            status.generation = Some(generation);
            status.open_findings.insert("error".to_owned(), generation);
            write_status(&published, &status).unwrap();
            assert_eq!(read_status(&published).unwrap(), Some(status.clone()));
        }
        let names: Vec<_> = std::fs::read_dir(&published).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["status.json"]);
    }

    #[test]
    fn a_backfill_that_an_older_or_newer_program_reports_can_be_read() {
        let read = |backfill: &str| {
            let text = format!(r#"{{"updated_at": "2026-04-30T09:00:00Z", "backfill": {backfill}}}"#);
            serde_json::from_str::<StatusFile>(&text).unwrap().backfill.unwrap()
        };
        let older = read(r#"{"done": 3, "total": 9, "last_trade_date": "2026-04-30"}"#);
        assert_eq!(older, BackfillProgress::default());
        let newer = read(r#"{"phase": "compressing", "codes_done": 7, "mood": "good"}"#);
        assert_eq!((newer.phase, newer.codes_done), (BackfillPhase::Unknown, 7));
        for phase in
            [BackfillPhase::Planning, BackfillPhase::Fetching, BackfillPhase::Assembling, BackfillPhase::Failed]
        {
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.as_str());
            assert_eq!(phase.is_over(), phase == BackfillPhase::Failed);
        }
    }

    #[test]
    fn fields_of_a_newer_writer_are_ignored_and_rubbish_is_damage() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(STATUS_FILE);
        std::fs::write(&file, r#"{"updated_at": "2026-04-30T09:00:00Z", "weather": "fine"}"#).unwrap();
        assert!(read_status(dir.path()).unwrap().is_some());
        std::fs::write(&file, r#"{"updated_at": "#).unwrap();
        assert!(matches!(read_status(dir.path()), Err(WarehouseError::Damaged { .. })));
    }
}
