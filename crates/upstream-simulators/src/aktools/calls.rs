//! What the server was asked: tests count calls here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AktoolsCall {
    /// The function, or the path where it is none.
    pub function: String,
    /// The parameters.
    pub params: BTreeMap<String, String>,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// `ok`, a status (`404`), or the transport fault (`hangup`, `cut` …).
    pub outcome: String,
    /// Rows in the answer.
    pub rows: usize,
}

/// The log of all calls of a server. Clones read the same log.
#[derive(Debug, Clone, Default)]
pub struct AktoolsCalls(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    log: Vec<AktoolsCall>,
    under_way: BTreeMap<String, usize>,
    most_at_once: BTreeMap<String, usize>,
}

impl AktoolsCalls {
    /// How many calls there were.
    pub fn total(&self) -> usize {
        self.lock().log.len()
    }

    /// How many calls of `function` there were.
    pub fn of(&self, function: &str) -> usize {
        self.lock().log.iter().filter(|call| call.function == function).count()
    }

    /// How many calls of each function there were.
    pub fn by_function(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.lock().log {
            *counts.entry(call.function.clone()).or_default() += 1;
        }
        counts
    }

    /// The most calls of `function` that were under way at the same time.
    pub fn most_at_once(&self, function: &str) -> usize {
        self.lock().most_at_once.get(function).copied().unwrap_or(0)
    }

    /// Every call in the order of its answer.
    pub fn log(&self) -> Vec<AktoolsCall> {
        self.lock().log.clone()
    }

    /// Forgets all calls.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.log.clear();
        state.most_at_once.clear();
    }

    /// Counts a call as under way until the guard is dropped, should the caller hang up as well.
    pub(super) fn begin(&self, function: &str) -> UnderWay {
        let mut state = self.lock();
        let now = state.under_way.entry(function.to_owned()).or_default();
        *now += 1;
        let now = *now;
        let most = state.most_at_once.entry(function.to_owned()).or_default();
        *most = now.max(*most);
        UnderWay { calls: self.clone(), function: function.to_owned() }
    }

    pub(super) fn push(&self, call: AktoolsCall) {
        self.lock().log.push(call);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is being answered.
pub(super) struct UnderWay {
    calls: AktoolsCalls,
    function: String,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(now) = self.calls.lock().under_way.get_mut(&self.function) {
            *now = now.saturating_sub(1);
        }
    }
}
