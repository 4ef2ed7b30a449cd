//! What is open in the served generation: counted once when a generation is opened, then known.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use warehouse::{Generation, WarehouseError};

/// What is open in one generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FindingCounts {
    generation: u64,
    /// Open findings per check and severity.
    pub(crate) open: Vec<OpenFindings>,
    /// Rows in quarantine on which nobody has decided.
    pub(crate) quarantined: u64,
}

/// Open findings of one check and severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenFindings {
    pub(crate) check: String,
    pub(crate) severity: String,
    pub(crate) count: u64,
}

/// The counts of the newest generation that was counted, and the gauges made from them.
#[derive(Debug, Clone, Default)]
pub(crate) struct CountedFindings {
    newest: Arc<Mutex<Newest>>,
}

#[derive(Debug, Default)]
struct Newest {
    counts: Option<Arc<FindingCounts>>,
    /// The last generation that could not be counted.
    failed: Option<u64>,
    /// Every check and severity that has a gauge: what is gone is set to zero, for a gauge that stands still is an alarm that
    /// never ends.
    labels: BTreeSet<(String, String)>,
}

impl CountedFindings {
    pub(crate) fn new() -> Self {
        metrics::describe_gauge!(
            "quality_open_findings",
            "Findings that are open in the generation that is being served, by check and severity"
        );
        metrics::describe_gauge!(
            "quality_quarantined_rows",
            "Rows in quarantine on which nobody has decided, in the generation that is being served"
        );
        Self::default()
    }

    /// The counts of `generation`, if they are known.
    pub(crate) fn of(&self, generation: &Generation) -> Option<Arc<FindingCounts>> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.counts.clone().filter(|counts| counts.generation == generation.number())
    }

    /// Counts `generation` and sets the gauges, unless that is done already. Plans queries. Where it fails the gauges stay as
    /// they are, and the next call tries again.
    pub(crate) fn know(&self, generation: &Generation) {
        if self.of(generation).is_some() {
            return;
        }
        let Err(error) = self.count(generation) else { return };
        let number = generation.number();
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        // Once per generation: it is looked at twice a second.
        if newest.failed.replace(number) != Some(number) {
            tracing::error!(warehouse.generation = number, error = %error, "count open findings: {error}");
        }
    }

    fn count(&self, generation: &Generation) -> Result<(), WarehouseError> {
        let open = generation.open_finding_counts()?.into_iter();
        let open = open.map(|(check, severity, count)| OpenFindings { check, severity, count });
        let counts = FindingCounts {
            generation: generation.number(),
            open: open.collect(),
            quarantined: generation.quarantined_count()?,
        };
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.labels.extend(counts.open.iter().map(|open| (open.check.clone(), open.severity.clone())));
        for (check, severity) in &newest.labels {
            let is_it = |open: &&OpenFindings| open.check == *check && open.severity == *severity;
            let count = counts.open.iter().find(is_it).map_or(0, |open| open.count);
            let labels = [("check", check.clone()), ("severity", severity.clone())];
            metrics::gauge!("quality_open_findings", &labels).set(count as f64);
        }
        metrics::gauge!("quality_quarantined_rows").set(counts.quarantined as f64);
        newest.counts = Some(Arc::new(counts));
        Ok(())
    }
}
