//! What the server was asked: tests count calls here.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// One search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearxngCall {
    /// Counted from 0, in the order of arrival.
    pub number: u64,
    /// `GET` or `POST`.
    pub method: String,
    /// What is searched for.
    pub q: String,
    /// The engines that the call names, as it names them.
    pub named: Vec<String>,
    /// The engines that were really asked; those that are suspended are not.
    pub asked: Vec<String>,
    /// The categories that the call names.
    pub categories: Vec<String>,
    /// The parameter, if there is one.
    pub language: Option<String>,
    /// The page.
    pub pageno: u32,
    /// The parameter, if there is one.
    pub time_range: Option<String>,
    /// The parameter, if there is one.
    pub safesearch: Option<String>,
    /// The path with its query, as a log of requests would show it.
    pub target: String,
    /// When it arrived, by the server's clock.
    pub at: DateTime<Utc>,
    /// `ok`, a status (`400`), or what befell it (`hangup`). Empty while it is under way.
    pub outcome: String,
    /// Results in the answer.
    pub results: usize,
}

/// The log of all calls of a server. Clones read the same log.
#[derive(Debug, Clone)]
pub struct SearxngCalls(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    arrived: u64,
    under_way: usize,
    most_at_once: usize,
    log: VecDeque<SearxngCall>,
    keep: usize,
}

impl SearxngCalls {
    pub(super) fn new(keep: usize) -> Self {
        let log = VecDeque::new();
        Self(Arc::new(Mutex::new(State { arrived: 0, under_way: 0, most_at_once: 0, log, keep })))
    }

    /// How many searches arrived.
    pub fn total(&self) -> u64 {
        self.lock().arrived
    }

    /// How many searches are being answered.
    pub fn under_way(&self) -> usize {
        self.lock().under_way
    }

    /// The most searches that were under way at the same time.
    pub fn most_at_once(&self) -> usize {
        self.lock().most_at_once
    }

    /// The remembered searches, in the order of arrival.
    pub fn log(&self) -> Vec<SearxngCall> {
        self.lock().log.iter().cloned().collect()
    }

    /// The last search.
    pub fn last(&self) -> Option<SearxngCall> {
        self.lock().log.back().cloned()
    }

    /// What was searched for, in the order of arrival.
    pub fn queries(&self) -> Vec<String> {
        self.lock().log.iter().map(|call| call.q.clone()).collect()
    }

    /// How many of the remembered searches asked this engine.
    pub fn of_engine(&self, engine: &str) -> usize {
        self.lock().log.iter().filter(|call| call.asked.iter().any(|asked| asked == engine)).count()
    }

    /// Forgets all searches; the count goes on.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.log.clear();
        state.most_at_once = state.under_way;
    }

    /// Enters a search; it is under way until the guard is dropped, should the caller hang up as well.
    pub(super) fn begin(&self, mut call: SearxngCall) -> UnderWay {
        let mut state = self.lock();
        call.number = state.arrived;
        state.arrived += 1;
        state.under_way += 1;
        state.most_at_once = state.most_at_once.max(state.under_way);
        let number = call.number;
        if state.keep > 0 {
            if state.log.len() == state.keep {
                state.log.pop_front();
            }
            state.log.push_back(call);
        }
        UnderWay { calls: self.clone(), number }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A search that is being answered.
pub(super) struct UnderWay {
    calls: SearxngCalls,
    number: u64,
}

impl UnderWay {
    /// Changes the entry, if it is still remembered.
    pub(super) fn amend(&self, change: impl FnOnce(&mut SearxngCall)) {
        let mut state = self.calls.lock();
        if let Some(call) = state.log.iter_mut().rev().find(|call| call.number == self.number) {
            change(call);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.calls.lock();
        state.under_way = state.under_way.saturating_sub(1);
    }
}
