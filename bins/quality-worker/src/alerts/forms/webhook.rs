//! The generic form: the message as JSON, for programs.
//!
//! `{"id", "status": "firing" | "resolved", "check", "severity", "count", "days", "why", "examples", "generation",
//! "message", "hint", "runbook", "at"}`. Delivery is at least once: `id`, also in the header `idempotency-key`, tells a copy.

use serde_json::Value;

use super::Answer;
use crate::alerts::{message::Message, outbox::Outcome};

pub(super) fn body(message: &Message) -> Value {
    serde_json::to_value(message).unwrap_or_default()
}

/// Only the status counts: what the body says is the receiver's affair, and may hold anything.
pub(super) fn outcome(answer: &Answer) -> Outcome {
    answer.by_status()
}
