//! What a vendor was asked: tests count calls here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// One call, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SymbolCall {
    /// The symbol in the vendor's spelling; both currencies of a pair without anything between them.
    pub symbol: String,
    /// The path as it was sent, escapes and all.
    pub path: String,
    /// The query's parameters, without the key.
    pub params: BTreeMap<String, String>,
    /// The `User-Agent`; empty where there was none.
    pub user_agent: String,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// `ok`, or why not: an HTTP status, a refusal's or a fault's name.
    pub outcome: String,
    /// Rows in the answer.
    pub rows: usize,
}

/// The log of all calls of a server. Clones read the same log.
#[derive(Debug, Clone, Default)]
pub struct SymbolCalls(Arc<Mutex<Vec<SymbolCall>>>);

impl SymbolCalls {
    /// How many calls there were.
    pub fn total(&self) -> usize {
        self.lock().len()
    }

    /// How many calls for `symbol` there were.
    pub fn of(&self, symbol: &str) -> usize {
        self.lock().iter().filter(|call| call.symbol == symbol).count()
    }

    /// How many calls of each symbol there were.
    pub fn by_symbol(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.lock().iter() {
            *counts.entry(call.symbol.clone()).or_default() += 1;
        }
        counts
    }

    /// Every call in the order of arrival.
    pub fn log(&self) -> Vec<SymbolCall> {
        self.lock().clone()
    }

    /// Forgets all calls.
    pub fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn push(&self, call: SymbolCall) {
        tracing::debug!(call.symbol, ?call.params, call.outcome, call.rows, "symbol vendor call");
        self.lock().push(call);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SymbolCall>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
