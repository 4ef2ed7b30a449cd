//! What the upstreams refused, when there is nobody left to ask.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use axum::http::StatusCode;
use llm_upstream::{OpenAiError, Refused};
use route_policy::Verdict;

use super::{
    Failure,
    routing::{again, rate_limited},
};
use crate::relay::Outcome;

/// A channel that failed a request before its answer began.
#[derive(Clone, Debug)]
pub(crate) struct Attempted {
    /// The channel.
    pub(crate) channel: Arc<str>,
    /// The status of its answer, where it gave one.
    pub(crate) status: Option<StatusCode>,
    /// What it said, and what that means.
    pub(crate) refused: Refused,
}

impl Failure {
    /// The upstream says that the request is wrong: its own status and message.
    pub(crate) fn of_caller(attempted: Attempted) -> Self {
        let status = attempted.status.filter(StatusCode::is_client_error).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, Outcome::CallerFault, attempted.refused.error)
    }

    /// Every channel that could take the request has failed it. `wait` is when one of them is asked again, for those who
    /// come back.
    pub(crate) fn of_upstreams(attempted: &[Attempted], model: &str, wait: Option<Duration>) -> Self {
        let every = |means: fn(Verdict) -> bool| {
            !attempted.is_empty() && attempted.iter().all(|attempt| means(attempt.refused.verdict))
        };
        if every(|verdict| matches!(verdict, Verdict::Wait(_))) {
            let told = format!("every channel's upstream is at a limit for {model}{}{}", again(wait), list(attempted));
            return rate_limited(&told).retry_after(wait);
        }
        if every(|verdict| verdict == Verdict::ModelMissing) {
            return missing_everywhere(model, attempted);
        }
        let message = format!("every channel that could be asked for {model} failed{}", list(attempted));
        let error = OpenAiError::new("server_error", Some("upstream_failed"), &message);
        Self::new(StatusCode::BAD_GATEWAY, Outcome::UpstreamFailed, error)
    }
}

/// Every channel that offers the model says that it is not there, or not at this endpoint.
fn missing_everywhere(model: &str, attempted: &[Attempted]) -> Failure {
    let message = format!("no channel has the model `{model}` here{}", list(attempted));
    let error = OpenAiError::new("invalid_request_error", Some("model_not_found"), &message).with_param("model");
    Failure::new(StatusCode::NOT_FOUND, Outcome::UnknownModel, error)
}

fn list(attempted: &[Attempted]) -> String {
    let mut text = String::new();
    for (place, attempt) in attempted.iter().enumerate() {
        text.push_str(if place == 0 { ": " } else { "; " });
        // Writing into a String cannot fail.
        let _ = write!(text, "{}: {}", attempt.channel, attempt.refused.error.message);
    }
    text
}
