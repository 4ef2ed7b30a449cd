//! Engines that SearXNG leaves alone for a while.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::fault::EngineFailure;

/// Until when, and why.
#[derive(Debug, Default)]
pub(super) struct Suspensions(Mutex<BTreeMap<&'static str, (DateTime<Utc>, &'static str)>>);

impl Suspensions {
    /// Why an engine is suspended at this time.
    pub(super) fn reason(&self, engine: &str, now: DateTime<Utc>) -> Option<&'static str> {
        self.lock().get(engine).filter(|(until, _)| *until >= now).map(|(_, reason)| *reason)
    }

    /// Suspends an engine, where SearXNG does so for this failure.
    pub(super) fn enter(&self, engine: &'static str, failure: EngineFailure, now: DateTime<Utc>) {
        if let (Some(seconds), Some(reason)) = (failure.suspends_s(), failure.reason()) {
            self.lock().insert(engine, (now + TimeDelta::seconds(seconds), reason));
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, (DateTime<Utc>, &'static str)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
