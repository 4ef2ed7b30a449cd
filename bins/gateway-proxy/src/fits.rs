//! Which endpoints a channel serves a model at, as its answers have shown.
//!
//! A model that chats is no model for embeddings, and few providers serve every endpoint. "No such model" or "no such path"
//! from an endpoint that has never answered for a model says something about the two of them, and nothing about the model or
//! the channel: it is remembered here, and the router never hears of it. Otherwise one caller who asks at the wrong place
//! would take the model, or the channel, from all the others until it is tried again.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use llm_upstream::{Endpoint, Refused};
use route_policy::Verdict;
use serde_json::{Value, json};
use tokio::time::Instant;

/// What is known of one channel.
#[derive(Debug, Default)]
pub(crate) struct Fits {
    /// Models with a bit for each endpoint that has answered.
    served: RwLock<Vec<(Arc<str>, u8)>>,
    lacking: Mutex<Vec<Lack>>,
}

#[derive(Debug)]
struct Lack {
    model: Arc<str>,
    endpoint: Endpoint,
    until: Instant,
    refused: Refused,
}

impl Fits {
    /// The endpoint has answered for the model.
    pub(crate) fn serves(&self, model: &Arc<str>, endpoint: Endpoint) {
        if self.has_served(model, endpoint) {
            return;
        }
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        match served.iter_mut().find(|(known, _)| known == model) {
            Some((_, bits)) => *bits |= bit(endpoint),
            None => served.push((model.clone(), bit(endpoint))),
        }
    }

    /// Whether a refusal is about the model at this endpoint only, and no matter of the router's.
    pub(crate) fn is_about_the_endpoint(&self, model: &str, endpoint: Endpoint, verdict: Verdict) -> bool {
        match verdict {
            Verdict::ModelMissing | Verdict::ModelDenied => !self.has_served(model, endpoint),
            // Where everybody asks: if the path is wrong there, and nothing else has answered, the address is.
            Verdict::Misconfigured if endpoint == Endpoint::ChatCompletions => {
                !self.has_served(model, endpoint) && self.has_served_anything()
            }
            Verdict::Misconfigured => !self.has_served(model, endpoint),
            _ => false,
        }
    }

    /// Remembers such a refusal for a while.
    pub(crate) fn lacks(&self, model: &Arc<str>, endpoint: Endpoint, refused: Refused, now: Instant, rest: Duration) {
        let mut lacking = self.lock();
        lacking.retain(|lack| lack.until > now && !(lack.endpoint == endpoint && lack.model == *model));
        lacking.push(Lack { model: model.clone(), endpoint, until: now + rest, refused });
    }

    /// What is remembered, for people.
    pub(crate) fn told(&self, now: Instant) -> Vec<Value> {
        let lacking = self.lock();
        let still = lacking.iter().filter(|lack| lack.until > now);
        still
            .map(|lack| {
                json!({"model": lack.model, "endpoint": lack.endpoint.name(), "verdict": lack.refused.verdict,
                       "reason": lack.refused.error.message, "again_in_s": (lack.until - now).as_secs()})
            })
            .collect()
    }

    /// What the channel said when it was last asked for the model at this endpoint, if it need not be asked again yet.
    pub(crate) fn lack(&self, model: &str, endpoint: Endpoint, now: Instant) -> Option<Refused> {
        let lacking = self.lock();
        let found = lacking.iter().find(|lack| lack.endpoint == endpoint && *lack.model == *model && lack.until > now);
        found.map(|lack| lack.refused.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Lack>> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_served(&self, model: &str, endpoint: Endpoint) -> bool {
        let served = self.served.read().unwrap_or_else(PoisonError::into_inner);
        served.iter().any(|(known, bits)| **known == *model && bits & bit(endpoint) != 0)
    }

    fn has_served_anything(&self) -> bool {
        !self.served.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

const fn bit(endpoint: Endpoint) -> u8 {
    match endpoint {
        Endpoint::ChatCompletions => 1,
        Endpoint::Completions => 2,
        Endpoint::Embeddings => 4,
        Endpoint::Rerank => 8,
    }
}
