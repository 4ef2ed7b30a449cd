//! What the vendor was asked: tests count calls here.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use market_model::Code;
use serde::Serialize;
use tokio::time::Instant;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TdxCall {
    /// `hello`, `heartbeat`, `security_count`, `security_list`, `bars` (shares and funds), `index_bars` (the same request
    /// for an index), `xdxr`, `finance`, `quotes`, `minute_line`, `past_minute_line`, `ticks`, `past_ticks`, or
    /// `unknown`.
    pub method: &'static str,
    /// The code asked for; the first one of several.
    pub code: Option<Code>,
    /// Category of bars.
    pub category: Option<u16>,
    /// Where the page starts, for lists, bars and ticks.
    pub start: Option<u16>,
    /// How many rows were asked for, for bars and ticks; how many codes, for quotes.
    pub count: Option<u16>,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// Number of the connection it came over, from 1.
    pub connection: usize,
    /// `ok`, `no_answer` (a request that real servers leave unanswered), or the fault in the way (`silence`, `drop` …).
    pub outcome: &'static str,
    /// Rows in the answer.
    pub rows: usize,
}

/// The log of all calls and connections of a server. Clones read the same log.
#[derive(Debug, Clone, Default)]
pub struct TdxCalls(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    log: Vec<TdxCall>,
    by_method: BTreeMap<&'static str, usize>,
    by_code: BTreeMap<&'static str, BTreeMap<Code, usize>>,
    connections: usize,
    open: usize,
    most_open: usize,
    last_second: VecDeque<Instant>,
    most_in_a_second: usize,
}

impl TdxCalls {
    /// How many calls there were, without the hellos.
    pub fn total(&self) -> usize {
        self.lock().by_method.iter().filter(|(method, _)| **method != "hello").map(|(_, calls)| calls).sum()
    }

    /// How many calls of `method` there were.
    pub fn of(&self, method: &str) -> usize {
        self.lock().by_method.get(method).copied().unwrap_or(0)
    }

    /// How many calls of `method` were about `code`.
    pub fn of_code(&self, method: &str, code: &Code) -> usize {
        self.lock().by_code.get(method).and_then(|codes| codes.get(code)).copied().unwrap_or(0)
    }

    /// How many calls of each method there were.
    pub fn by_method(&self) -> BTreeMap<&'static str, usize> {
        self.lock().by_method.clone()
    }

    /// How many calls of `method` there were about each code.
    pub fn by_code(&self, method: &str) -> BTreeMap<Code, usize> {
        self.lock().by_code.get(method).cloned().unwrap_or_default()
    }

    /// Every call in the order of arrival.
    pub fn log(&self) -> Vec<TdxCall> {
        self.lock().log.clone()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        self.lock().open
    }

    /// The most connections that were open at once.
    pub fn most_connections(&self) -> usize {
        self.lock().most_open
    }

    /// The most calls within any one second of real time, without the hellos.
    pub fn most_per_second(&self) -> usize {
        self.lock().most_in_a_second
    }

    /// Forgets all calls and connections but the open ones.
    pub fn clear(&self) {
        let mut state = self.lock();
        *state = State { open: state.open, most_open: state.open, ..State::default() };
    }

    pub(super) fn push(&self, call: TdxCall, now: Instant) {
        let mut state = self.lock();
        *state.by_method.entry(call.method).or_default() += 1;
        if let Some(code) = call.code {
            *state.by_code.entry(call.method).or_default().entry(code).or_default() += 1;
        }
        if call.method != "hello" {
            while state.last_second.front().is_some_and(|first| now - *first >= Duration::from_secs(1)) {
                state.last_second.pop_front();
            }
            state.last_second.push_back(now);
            state.most_in_a_second = state.most_in_a_second.max(state.last_second.len());
        }
        state.log.push(call);
    }

    /// Counts a connection until the guard is dropped.
    pub(super) fn connect(&self) -> OpenConnection {
        let mut state = self.lock();
        state.connections += 1;
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        OpenConnection { calls: self.clone(), number: state.connections }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that counts as open.
pub(super) struct OpenConnection {
    calls: TdxCalls,
    /// From 1, in the order of acceptance.
    pub(super) number: usize,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.calls.lock().open -= 1;
    }
}
