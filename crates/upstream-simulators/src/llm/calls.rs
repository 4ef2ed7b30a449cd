//! What the provider was asked: tests count calls here.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::dialect::LlmEndpoint;

/// A body is remembered up to this size.
const BODY_BYTES: usize = 64 * 1024;

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LlmCall {
    /// Counted from 0, in the order of arrival.
    pub number: u64,
    /// The key's name; `?` for one that it does not know.
    pub key: String,
    /// The endpoint; `None` for a path that is none.
    pub endpoint: Option<LlmEndpoint>,
    /// The model as it was asked for.
    pub model: String,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The caller's own `x-request-id`.
    pub request_id: Option<String>,
    /// When it arrived, by the server's clock.
    pub at: DateTime<Utc>,
    /// `ok`, a refusal's name (`tokens_per_minute`), or what befell it (`status 502`, `hangup`).
    pub outcome: String,
    /// The bound on the answer that the request named.
    pub max_tokens: Option<u64>,
    /// Tokens billed until now.
    pub billed_input: u64,
    /// Tokens billed until now.
    pub billed_output: u64,
    /// Nano-yuan billed until now.
    pub billed_nano: i64,
    /// Whether the caller hung up before the end of the answer.
    pub caller_gone: bool,
    /// Whether the answer is over.
    pub ended: bool,
}

/// The log of the calls of a server. Clones read the same log.
#[derive(Debug, Clone)]
pub struct LlmCalls(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    arrived: u64,
    /// The last ones; the first of them has the number `arrived - log.len()`.
    log: VecDeque<LlmCall>,
    bodies: VecDeque<String>,
    keep: usize,
    keep_bodies: usize,
}

impl LlmCalls {
    pub(super) fn new(keep: usize, keep_bodies: usize) -> Self {
        let (log, bodies) = (VecDeque::new(), VecDeque::new());
        Self(Arc::new(Mutex::new(State { arrived: 0, log, bodies, keep, keep_bodies })))
    }

    /// How many calls there were, those of models and balances included.
    pub fn total(&self) -> u64 {
        self.lock().arrived
    }

    /// The remembered calls, in the order of arrival.
    pub fn log(&self) -> Vec<LlmCall> {
        self.lock().log.iter().cloned().collect()
    }

    /// The remembered calls of a key that cost tokens, or would.
    pub fn of(&self, key: &str) -> Vec<LlmCall> {
        let wanted = |call: &&LlmCall| call.key == key && call.endpoint.is_some_and(LlmEndpoint::costs);
        self.lock().log.iter().filter(wanted).cloned().collect()
    }

    /// The last bodies, the newest last.
    pub fn bodies(&self) -> Vec<String> {
        self.lock().bodies.iter().cloned().collect()
    }

    /// Forgets all calls and bodies; the count goes on.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.log.clear();
        state.bodies.clear();
    }

    /// Enters a call; the number is set here, and returned.
    pub(super) fn push(&self, mut call: LlmCall, body: &[u8]) -> u64 {
        let mut state = self.lock();
        call.number = state.arrived;
        state.arrived += 1;
        if state.keep > 0 {
            if state.log.len() == state.keep {
                state.log.pop_front();
            }
            state.log.push_back(call);
        }
        if state.keep_bodies > 0 && !body.is_empty() {
            if state.bodies.len() == state.keep_bodies {
                state.bodies.pop_front();
            }
            state.bodies.push_back(String::from_utf8_lossy(&body[..body.len().min(BODY_BYTES)]).into_owned());
        }
        state.arrived - 1
    }

    /// Changes a call, if it is still remembered.
    pub(super) fn amend(&self, number: u64, change: impl FnOnce(&mut LlmCall)) {
        let mut state = self.lock();
        let first = state.arrived - state.log.len() as u64;
        let at = number.checked_sub(first).and_then(|at| usize::try_from(at).ok());
        if let Some(call) = at.and_then(|at| state.log.get_mut(at)) {
            change(call);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
