//! What the router refuses.

use std::{fmt::Write as _, time::Duration};

use axum::http::StatusCode;
use llm_upstream::OpenAiError;
use route_policy::{Considered, Lost, Refusal, RefusalKind};

use super::Failure;
use crate::relay::Outcome;

impl Failure {
    /// The router's no to a request for `model`.
    pub(crate) fn of_router(refusal: &Refusal, model: &str) -> Self {
        let wait = refusal.retry_after;
        match &refusal.kind {
            RefusalKind::UnknownModel { near } => unknown_model(model, near.as_deref()),
            RefusalKind::NoHealthyChannel => no_channel(refusal, model),
            RefusalKind::Deadline => no_channel(refusal, model),
            RefusalKind::RateLimited { limit } => {
                let message = format!("no channel has room for {model}: {limit} is reached{}", again(wait));
                rate_limited(&message).retry_after(wait)
            }
            RefusalKind::QueueFull { own } => {
                let whose = if *own { "of this profile " } else { "" };
                let message =
                    format!("no channel has room for {model}, and too many requests {whose}wait{}", again(wait));
                rate_limited(&message).retry_after(wait)
            }
            RefusalKind::TooLarge { limit } => {
                let message = format!("the request alone is more than {limit}: shorten the prompt or lower max_tokens");
                too_large(&message)
            }
            RefusalKind::TooExpensive { budget } => {
                let message =
                    format!("the request alone may cost more than the budget of a day, {budget} CNY: lower max_tokens");
                too_large(&message)
            }
            RefusalKind::BudgetSpent => {
                let message =
                    format!("today's budget for {model} is spent{}; days end at midnight in Shanghai", again(wait));
                out_of_budget(&message).retry_after(wait)
            }
            RefusalKind::ProfileCap { cap, used } => {
                let message = format!(
                    "this profile's cap of {cap} CNY a day does not cover it, {used} CNY are used{}; days end at midnight in Shanghai",
                    again(wait)
                );
                out_of_budget(&message).retry_after(wait)
            }
            RefusalKind::LedgerUnavailable => {
                let message = format!("the gateway cannot write down what is spent{}", again(wait));
                let error = OpenAiError::new("server_error", Some("ledger_unavailable"), &message);
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Self::new(status, Outcome::LedgerUnavailable, error).retry_after(wait)
            }
        }
    }
}

fn unknown_model(model: &str, near: Option<&str>) -> Failure {
    let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    let message = format!("no channel has the model `{model}`{hint}");
    let error = OpenAiError::new("invalid_request_error", Some("model_not_found"), &message).with_param("model");
    Failure::new(StatusCode::NOT_FOUND, Outcome::UnknownModel, error)
}

pub(super) fn rate_limited(message: &str) -> Failure {
    let error = OpenAiError::new("rate_limit_error", Some("rate_limit_exceeded"), message);
    Failure::new(StatusCode::TOO_MANY_REQUESTS, Outcome::RateLimited, error)
}

fn out_of_budget(message: &str) -> Failure {
    let error = OpenAiError::new("insufficient_quota", Some("insufficient_quota"), message);
    Failure::new(StatusCode::TOO_MANY_REQUESTS, Outcome::BudgetSpent, error).do_not_retry()
}

fn too_large(message: &str) -> Failure {
    let error = OpenAiError::new("invalid_request_error", Some("request_too_large"), message);
    Failure::new(StatusCode::BAD_REQUEST, Outcome::CallerFault, error).do_not_retry()
}

fn no_channel(refusal: &Refusal, model: &str) -> Failure {
    let wait = refusal.retry_after;
    let mut message = format!("no channel can take a request for {model} now{}", again(wait));
    for (place, considered) in refusal.considered.iter().enumerate() {
        message.push_str(if place == 0 { ": " } else { ", " });
        why(&mut message, considered);
    }
    let error = OpenAiError::new("server_error", Some("no_channel_available"), &message);
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, Outcome::NoChannel, error).retry_after(wait)
}

fn why(message: &mut String, considered: &Considered) {
    let (channel, lost) = (&considered.channel, considered.lost);
    // Writing into a String cannot fail.
    let _ = match lost {
        Lost::Parked { why, .. } => write!(message, "{channel} rests ({})", verdict_name(why)),
        other => write!(message, "{channel} {}", other.name()),
    };
}

fn verdict_name(verdict: route_policy::Verdict) -> &'static str {
    crate::relay::AttemptEnd::Refused(verdict).name()
}

/// `; try again in 1.5 s`, or nothing where waiting does not help.
pub(super) fn again(wait: Option<Duration>) -> String {
    wait.map(|wait| format!("; try again in {} s", seconds(wait))).unwrap_or_default()
}

/// In tenths of a second below ten seconds, rounded up.
fn seconds(wait: Duration) -> String {
    let tenths = wait.as_millis().div_ceil(100);
    if tenths >= 100 || tenths.is_multiple_of(10) {
        tenths.div_ceil(10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}
