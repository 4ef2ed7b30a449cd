//! Stops queries that run too long. DuckDB has no statement timeout, only an interrupt that somebody must call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use duckdb::InterruptHandle;

use crate::{WarehouseError, stopwatch};

/// An interrupt that hits between two statements is lost, so it is repeated until the query has ended.
const REPEAT: Duration = Duration::from_millis(20);

/// One thread that interrupts the connections whose time is up.
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next_id: u64,
    watched: BTreeMap<(Instant, u64), Arc<InterruptHandle>>,
    ended: bool,
}

/// A query under watch until this is dropped. Once it is dropped no interrupt can hit the connection any more.
pub(crate) struct Watched<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Watchdog {
    pub(crate) fn start() -> Result<Self, WarehouseError> {
        let shared = Arc::<Shared>::default();
        let watched = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("query-watchdog".to_owned()).spawn(move || watched.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Interrupts `handle` at `deadline` and from then on, until the answer is dropped.
    pub(crate) fn watch(&self, handle: Arc<InterruptHandle>, deadline: Instant) -> Watched<'_> {
        let mut state = self.shared.lock();
        let id = state.next_id;
        state.next_id += 1;
        let is_first = state.watched.first_key_value().is_none_or(|((first, _), _)| deadline < *first);
        state.watched.insert((deadline, id), handle);
        drop(state);
        if is_first {
            self.shared.changed.notify_one();
        }
        Watched { shared: &self.shared, id }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.shared.lock().watched.retain(|(_, id), _| *id != self.id);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = stopwatch::now();
            let Some(entry) = state.watched.first_entry() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let (deadline, id) = *entry.key();
            if deadline > now {
                state = self.changed.wait_timeout(state, deadline - now).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let handle = entry.remove();
            handle.interrupt();
            state.watched.insert((now + REPEAT, id), handle);
        }
    }
}
