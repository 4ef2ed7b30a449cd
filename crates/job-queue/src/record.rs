//! The record of one job over all its attempts, as operators see it.

use std::{collections::HashMap, fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::job_id;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Ready to run.
    Waiting,
    /// Pushed with a delay that has not passed.
    Delayed,
    /// An attempt failed; waits for the next.
    Retrying,
    /// A handler has it (or had it, when its process died: it comes back).
    Running,
    /// Finished, with a result.
    Done,
    /// In the dead letters, with an error.
    Dead,
}

impl JobState {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 6] = [Self::Waiting, Self::Delayed, Self::Retrying, Self::Running, Self::Done, Self::Dead];

    /// The name in Redis, in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delayed => "delayed",
            Self::Retrying => "retrying",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    /// Whether the job will not run again by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead)
    }

    pub(crate) fn from_redis(text: &str) -> Self {
        text.parse().unwrap_or(Self::Waiting)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for JobState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| {
            format!("unknown job state {text:?}; one of waiting, delayed, retrying, running, done, dead")
        })
    }
}

/// A job in a list. Times are those of Redis' clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobSummary {
    /// Business id.
    pub id: String,
    /// Where it stands.
    pub state: JobState,
    /// Attempts begun since it was pushed or last sent again by an operator, the running one included.
    pub attempts: u32,
    /// When it was pushed.
    pub pushed_at: Option<DateTime<Utc>>,
    /// When it becomes, or became, ready to run.
    pub ready_at: Option<DateTime<Utc>>,
    /// When the latest attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended as done or dead.
    pub finished_at: Option<DateTime<Utc>>,
    /// Error of the latest failed attempt.
    pub error: Option<String>,
    /// Its coalescing key.
    pub coalesce_key: Option<String>,
}

/// Everything known about a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobDetail {
    /// What a list shows.
    #[serde(flatten)]
    pub summary: JobSummary,
    /// The payload; text where it is not JSON, `None` once it is lost.
    pub payload: Option<serde_json::Value>,
    /// What the handler returned; only for a done job.
    pub result: Option<serde_json::Value>,
    /// How often a handler was started, attempts that died with their process included.
    pub starts: u32,
    /// How often the process died while it ran.
    pub crashes: u32,
}

impl JobSummary {
    pub(crate) fn from_record(root: &str, fields: &HashMap<String, String>) -> Self {
        let state = fields.get("state").map_or(JobState::Waiting, |state| JobState::from_redis(state));
        let begun = number(fields, "attempt").saturating_sub(number(fields, "base"));
        let has_begun = fields.contains_key("started_at") && !matches!(state, JobState::Waiting | JobState::Retrying);
        Self {
            id: job_id::id_of(root).to_owned(),
            state,
            attempts: begun + u32::from(has_begun),
            pushed_at: time(fields, "pushed_at"),
            ready_at: time(fields, "ready_at"),
            started_at: time(fields, "started_at"),
            finished_at: time(fields, "finished_at"),
            error: fields.get("error").filter(|error| !error.is_empty()).cloned(),
            coalesce_key: fields.get("key").cloned(),
        }
    }
}

impl JobDetail {
    pub(crate) fn from_record(root: &str, fields: &HashMap<String, String>, payload: Option<&[u8]>) -> Self {
        let json = |text: &[u8]| {
            serde_json::from_slice(text).unwrap_or_else(|_| String::from_utf8_lossy(text).into_owned().into())
        };
        Self {
            summary: JobSummary::from_record(root, fields),
            payload: payload.map(json),
            result: fields.get("result").map(|text| json(text.as_bytes())),
            starts: number(fields, "starts"),
            crashes: number(fields, "crashes"),
        }
    }
}

fn number(fields: &HashMap<String, String>, name: &str) -> u32 {
    fields.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn time(fields: &HashMap<String, String>, name: &str) -> Option<DateTime<Utc>> {
    fields.get(name).and_then(|text| text.parse().ok()).and_then(DateTime::from_timestamp_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_spelled_the_same_everywhere() {
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert!("gone".parse::<JobState>().unwrap_err().contains("waiting, delayed"));
    }

    #[test]
    fn attempts_count_the_running_one() {
        let record = |pairs: &[(&str, &str)]| {
            let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            JobSummary::from_record("j:a", &fields).attempts
        };
        assert_eq!(record(&[("state", "waiting"), ("attempt", "0"), ("base", "0")]), 0);
        assert_eq!(record(&[("state", "running"), ("attempt", "0"), ("base", "0"), ("started_at", "1")]), 1);
        assert_eq!(record(&[("state", "retrying"), ("attempt", "1"), ("base", "0"), ("started_at", "1")]), 1);
        assert_eq!(record(&[("state", "dead"), ("attempt", "2"), ("base", "0"), ("started_at", "1")]), 3);
        assert_eq!(record(&[("state", "waiting"), ("attempt", "3"), ("base", "3"), ("started_at", "1")]), 0);
    }
}
