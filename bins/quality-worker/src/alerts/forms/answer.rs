//! What a target answered.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::alerts::outbox::Outcome;

/// Letters of a target's own words that are kept.
const WORDS_MAX: usize = 200;

/// A target's answer, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The header `retry-after`, where it holds seconds.
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of the body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether the status is 2xx.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, if it is this JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What the status alone says: behind a 5xx the target, or something in front of it, may have taken the message.
    pub(super) fn by_status(&self) -> Outcome {
        let reason = format!("HTTP status {}", self.status);
        match self.status {
            200..300 => Outcome::Sent,
            500.. => Outcome::Unclear { reason },
            _ => Outcome::Refused { reason, retry_after: self.retry_after },
        }
    }
}

/// A target's own words, made fit for a log line.
pub(super) fn words(text: &str) -> String {
    let clean = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    clean.take(WORDS_MAX).collect::<String>().trim().to_owned()
}
