//! How often a caller may search: a sliding window, exact under concurrency.

mod caller;
mod table;
mod window;

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

pub use caller::CallerKey;
use table::Table;

/// The window.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

/// At most so many searches of one caller within any 60 seconds. Refused ones do not count.
///
/// It remembers the times of the searches of the last minute, so it is exact: no caller has one more, none is refused one
/// that he has left. Memory is bounded: tokens, addresses and names that trusted proxies tell have a table each of at most
/// `max_callers`; who was idle for a minute is forgotten, and a newcomer to a full table is refused. A flood of addresses
/// leaves tokens alone.
pub struct Limiter {
    per_minute: u32,
    /// By [`CallerKey::kind`].
    tables: [Mutex<Table>; CallerKey::KINDS],
}

/// What is left after an admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Searches per minute altogether.
    pub limit: u32,
    /// Searches that the caller has left now.
    pub left: u32,
}

/// A caller has none left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{limit} searches a minute are allowed")]
pub struct Limited {
    /// Searches per minute altogether.
    pub limit: u32,
    /// When he has one again. Never zero.
    pub retry_after: Duration,
}

impl Limiter {
    /// `per_minute` searches for everybody (0 admits nobody), and at most `max_callers` of each kind in a minute.
    pub fn new(per_minute: u32, max_callers: usize) -> Self {
        let table = |_| Mutex::new(Table::new(per_minute, max_callers));
        Self { per_minute, tables: std::array::from_fn(table) }
    }

    /// Searches per minute.
    pub fn per_minute(&self) -> u32 {
        self.per_minute
    }

    /// Admits a search at `now` and counts it, or refuses it. Where threads are late with their `now`, the latest one that
    /// was seen counts.
    ///
    /// # Errors
    /// [`Limited`].
    pub fn admit(&self, caller: &CallerKey, now: Instant) -> Result<Remaining, Limited> {
        let limit = self.per_minute;
        let mut table = self.tables[caller.kind()].lock().unwrap_or_else(PoisonError::into_inner);
        match table.admit(caller, now) {
            Ok(left) => Ok(Remaining { limit, left }),
            Err(retry_after) => Err(Limited { limit, retry_after }),
        }
    }

    /// How many callers are remembered.
    pub fn callers(&self) -> usize {
        self.tables.iter().map(|table| table.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Limiter").field("per_minute", &self.per_minute).field("callers", &self.callers()).finish()
    }
}

#[cfg(test)]
mod tests;
