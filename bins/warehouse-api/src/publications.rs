//! Follows what is published: looks for the next generation, swaps to it, and says when it cannot.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use daemon_kit::readiness::Readiness;
use tokio_util::sync::CancellationToken;
use warehouse::{Generation, Reader, WarehouseError};

use crate::{
    finding_counts::{CountedFindings, FindingCounts},
    replica_age::ReplicaAge,
};

/// The reader, and why the newest generation is not the one being served.
#[derive(Clone)]
pub(crate) struct Publications {
    reader: Arc<Reader>,
    refusal: Arc<Mutex<Option<String>>>,
    counted: CountedFindings,
    replica: ReplicaAge,
}

impl Publications {
    pub(crate) fn new(reader: Arc<Reader>, replica: ReplicaAge) -> Self {
        metrics::describe_gauge!(
            "warehouse_generation",
            "Number of the generation that is being served, 0 before the first"
        );
        metrics::describe_gauge!(
            "warehouse_generation_published_timestamp_seconds",
            "When the generation that is being served was published, Unix time"
        );
        metrics::describe_gauge!(
            "warehouse_generation_refused",
            "1 while the newest published generation cannot be read and an older one (or none) is served"
        );
        Self { reader, refusal: Arc::default(), counted: CountedFindings::new(), replica }
    }

    /// Looks for a new generation now and then every `poll`, until `shutdown`.
    pub(crate) async fn follow(&self, poll: Duration, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(poll);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            self.look().await;
        }
    }

    /// Looks once. An old generation stays in service whatever happens to the new one.
    pub(crate) async fn look(&self) {
        let (reader, counted, replica) = (self.reader.clone(), self.counted.clone(), self.replica.clone());
        let outcome = tokio::task::spawn_blocking(move || {
            replica.look();
            let outcome = reader.refresh();
            if let Some(generation) = reader.current() {
                counted.know(&generation);
            }
            outcome
        });
        match outcome.await {
            Ok(Ok(swapped)) => self.accept(swapped),
            Ok(Err(WarehouseError::NoGeneration)) => self.accept(false),
            Ok(Err(error)) => self.refuse(error.to_string()),
            Err(panic) => self.refuse(format!("reading it panicked: {panic}")),
        }
        self.measure();
    }

    /// What `/readyz` asks: ready with any generation; that the newest was refused is a note then, not a failure.
    pub(crate) fn readiness(&self) -> Readiness {
        let (serving, refused) = (self.clone(), self.clone());
        Readiness::new()
            .check("generation", move || std::future::ready(serving.is_serving()))
            .note("newest-generation", move || refused.refusal())
    }

    /// What is open in `generation`; `None` for one that is not the newest, or could not be counted.
    pub(crate) fn counts(&self, generation: &Generation) -> Option<Arc<FindingCounts>> {
        self.counted.of(generation)
    }

    fn is_serving(&self) -> Result<(), String> {
        match (self.reader.current(), self.refusal()) {
            (Some(_), _) => Ok(()),
            (None, Some(refusal)) => Err(refusal),
            (None, None) => Err("no-generation-yet: nothing has been published".to_owned()),
        }
    }

    /// Why the newest generation is not the one being served.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn accept(&self, swapped: bool) {
        let was_refused = self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take().is_some();
        let Some(generation) = self.reader.current() else { return };
        let number = generation.number();
        if swapped {
            tracing::info!(warehouse.generation = number, "generation {number} is being served");
        } else if was_refused {
            tracing::info!(warehouse.generation = number, "generation {number} can be read again");
        }
    }

    /// Logged once per reason: the same generation is refused at every look.
    fn refuse(&self, reason: String) {
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        if refusal.as_deref() != Some(&reason) {
            let serving = self.reader.current().map(|generation| generation.number());
            tracing::error!(
                warehouse.generation = serving,
                reason,
                "the newest generation cannot be read, {}: {reason}",
                serving.map_or("none is served".to_owned(), |number| format!("{number} stays in service")),
            );
            *refusal = Some(reason);
        }
    }

    fn measure(&self) {
        let current = self.reader.current();
        let number = current.as_ref().map_or(0, |generation| generation.number());
        metrics::gauge!("warehouse_generation").set(number as f64);
        if let Some(generation) = current {
            let published_at = generation.published_at().timestamp();
            metrics::gauge!("warehouse_generation_published_timestamp_seconds").set(published_at as f64);
        }
        let refused = self.refusal().is_some();
        metrics::gauge!("warehouse_generation_refused").set(f64::from(u8::from(refused)));
    }
}
