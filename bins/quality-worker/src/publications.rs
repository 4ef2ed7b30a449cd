//! Follows what is published: looks for the next generation, and reads what the writer noted in it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use job_queue::JobError;
use tokio_util::sync::CancellationToken;
use warehouse::{Generation, Reader, WarehouseError};

use crate::{alerts::desk::Desk, check::open_log, measure};

/// The reader, and why the newest generation cannot be read.
#[derive(Clone)]
pub(crate) struct Publications {
    reader: Arc<Reader>,
    refusal: Arc<Mutex<Option<String>>>,
}

impl Publications {
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader: Arc::new(reader), refusal: Arc::default() }
    }

    /// The generation that is being read.
    pub(crate) fn current(&self) -> Option<Arc<Generation>> {
        self.reader.current()
    }

    /// Why the newest generation cannot be read, if it cannot.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks now and then every `poll`, until `shutdown`. With a `desk`, what the writer noted in a new generation is told.
    pub(crate) async fn follow(self, desk: Option<Arc<Desk>>, poll: Duration, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(poll);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut trouble = None;
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            let Some(generation) = self.look().await else { continue };
            let Some(desk) = &desk else { continue };
            let read = self.read_log(desk, &generation).await.err();
            if let (Some(JobError::Retry { error, .. }), None) = (&read, &trouble) {
                tracing::error!(error, "the log of generation {} is not read: {error}", generation.number());
            }
            trouble = read;
        }
    }

    /// Looks once. The old generation stays whatever happens to the new one.
    pub(crate) async fn look(&self) -> Option<Arc<Generation>> {
        let reader = self.reader.clone();
        let outcome = tokio::task::spawn_blocking(move || reader.refresh()).await;
        match outcome {
            Ok(Ok(_) | Err(WarehouseError::NoGeneration)) => self.refuse(None),
            Ok(Err(error)) => self.refuse(Some(error.to_string())),
            Err(panic) => self.refuse(Some(format!("reading it panicked: {panic}"))),
        }
        let current = self.current();
        measure::generation(current.as_ref().map(|generation| generation.number()));
        current
    }

    /// The current generation, which must be `asked` or a newer one.
    ///
    /// # Errors
    /// A retry that says what is there.
    pub(crate) async fn at_least(&self, asked: Option<u64>) -> Result<Arc<Generation>, JobError> {
        let current = self.look().await;
        let refusal =
            self.refusal().map(|reason| format!(" (the newest cannot be read: {reason})")).unwrap_or_default();
        match (current, asked) {
            (None, _) => Err(JobError::retry(format_args!("nothing has been published yet{refusal}"))),
            (Some(current), Some(asked)) if current.number() < asked => {
                let number = current.number();
                Err(JobError::retry(format_args!("generation {asked} is not there yet, {number} is{refusal}")))
            }
            (Some(current), _) => Ok(current),
        }
    }

    /// Reads what the writer noted in `generation`, unless that was done, and tells it.
    ///
    /// # Errors
    /// A retry: the log cannot be read, or what it says cannot be written down.
    pub(crate) async fn read_log(&self, desk: &Desk, generation: &Arc<Generation>) -> Result<(), JobError> {
        let Some(all) = desk.wants_log_of(generation.number()).await else { return Ok(()) };
        let generation = generation.clone();
        let log = tokio::task::spawn_blocking(move || open_log::read(&generation, all)).await??;
        Ok(desk.log_read(log).await?)
    }

    /// Logged once per reason: the same generation is refused at every look.
    fn refuse(&self, reason: Option<String>) {
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = reason.as_ref().filter(|reason| refusal.as_ref() != Some(reason)) {
            let current = self.current().map(|generation| generation.number());
            tracing::error!(warehouse.generation = current, reason, "the newest generation cannot be read: {reason}");
        }
        *refusal = reason;
    }
}
