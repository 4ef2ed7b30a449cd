//! Models that the price table does not know: each is told once.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// How many are remembered; beyond that nobody reads the log anyway.
const REMEMBERED: usize = 1_000;

/// What was told already.
#[derive(Debug, Default)]
pub(crate) struct Unpriced(Mutex<HashSet<String>>);

impl Unpriced {
    /// Tells it, if nobody was told of this model yet.
    pub(crate) fn warn_once(&self, model: &str) {
        metrics::counter!("gateway_unpriced_charges_total").increment(1);
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.contains(model) || told.len() >= REMEMBERED {
            return;
        }
        told.insert(model.to_owned());
        tracing::warn!(model, "no price for the model {model}: the configured default is charged");
    }

    /// Forgets what was told: there are new prices.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
