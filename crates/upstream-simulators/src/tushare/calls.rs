//! What the vendor was asked: tests count calls here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// One call, without its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The api; empty where the body could not be read.
    pub api: String,
    /// The parameters that were given and not empty.
    pub params: BTreeMap<String, String>,
    /// The wanted columns as sent; empty = the default ones.
    pub fields: String,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// `ok`, a refusal's code (`40203`), or the transport fault (`hangup`, `502` …).
    pub outcome: String,
    /// Rows in the answer.
    pub rows: usize,
}

/// The log of all calls of a server. Clones read the same log.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// How many calls there were.
    pub fn total(&self) -> usize {
        self.lock().len()
    }

    /// How many calls of `api` there were.
    pub fn of(&self, api: &str) -> usize {
        self.lock().iter().filter(|call| call.api == api).count()
    }

    /// How many calls of `api` had these parameters among theirs.
    pub fn with(&self, api: &str, params: &[(&str, &str)]) -> usize {
        let has = |call: &&Call| {
            call.api == api && params.iter().all(|(name, value)| call.params.get(*name).is_some_and(|v| v == value))
        };
        self.lock().iter().filter(has).count()
    }

    /// How many calls of each api there were.
    pub fn by_api(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.lock().iter() {
            *counts.entry(call.api.clone()).or_default() += 1;
        }
        counts
    }

    /// Every call in the order of arrival.
    pub fn log(&self) -> Vec<Call> {
        self.lock().clone()
    }

    /// Forgets all calls.
    pub fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn push(&self, call: Call) {
        self.lock().push(call);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
