//! What became of a request for work.

use job_queue::{JobState, Pushed};
use serde::Serialize;
use utoipa::ToSchema;

/// The job behind a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// The job that will do it (or does it already, or did it for the same request id).
    #[schema(example = "fetch_daily_market@2026-04-30#5f3a9c01d2e4b678")]
    job_id: String,
    /// `queued`: a new job; `coalesced`: a job for the same work waits or runs already, nothing was added; `duplicate`: this
    /// request id was used before, nothing was added.
    #[schema(example = "queued")]
    state: &'static str,
    /// The state of the job that was there before, for `coalesced` and `duplicate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "running")]
    job_state: Option<&'static str>,
    /// The twin's id, for `coalesced`.
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<String>,
}

impl From<Pushed> for Accepted {
    fn from(pushed: Pushed) -> Self {
        let (job_id, state, job_state, with) = match pushed {
            Pushed::New { id } => (id, "queued", None, None),
            Pushed::Coalesced { with, state } => (with.clone(), "coalesced", Some(state), Some(with)),
            Pushed::Duplicate { id, state } => (id, "duplicate", Some(state), None),
        };
        Self { job_id, state, job_state: job_state.map(JobState::as_str), with }
    }
}
