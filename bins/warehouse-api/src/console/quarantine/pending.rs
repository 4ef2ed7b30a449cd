//! What was asked for here and does not show yet: the writer decides, and the next publish tells.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use warehouse::QuarantinedRow;

use super::states::HELD;

/// So long a request is told of: bookkeeping is published every ten minutes, so that whatever still shows as held by then
/// was refused.
const TOLD_FOR: TimeDelta = TimeDelta::minutes(30);

/// A decision on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Whether it is to be released; else it is to be discarded.
    pub(crate) release: bool,
    /// Who wants it.
    pub(crate) by: Arc<str>,
    /// Since when.
    pub(crate) at: DateTime<Utc>,
}

/// The decisions on their way, by the entry's id.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    asked: Mutex<HashMap<String, Asked>>,
}

impl Pending {
    /// Remembers that `ids` were decided about.
    pub(super) fn add(&self, ids: &[String], asked: &Asked) {
        let mut known = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, earlier| asked.at - earlier.at < TOLD_FOR);
        known.extend(ids.iter().map(|id| (id.clone(), asked.clone())));
    }

    /// What is known of those of `rows` that still show as held.
    pub(super) fn of(&self, rows: &[QuarantinedRow], now: DateTime<Utc>) -> HashMap<String, Asked> {
        let known = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let held = rows.iter().filter(|row| row.state == HELD);
        let asked = held.filter_map(|row| Some((row.id.clone(), known.get(&row.id)?.clone())));
        asked.filter(|(_, asked)| now - asked.at < TOLD_FOR).collect()
    }
}
