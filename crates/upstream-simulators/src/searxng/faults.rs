//! What goes wrong, and when: a handle that tests bend while the server runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::{EngineFailure, SearxngFault, SearxngFaultRule};

/// The handle on a server's faults. Clones bend the same server.
#[derive(Debug, Clone, Default)]
pub struct SearxngFaults(Arc<Mutex<Vec<SearxngFaultRule>>>);

impl SearxngFaults {
    /// `fault` befalls the next `calls` calls.
    pub fn next(&self, calls: u32, fault: SearxngFault) {
        self.add(SearxngFaultRule { calls: Some(calls), ..SearxngFaultRule::always(fault) });
    }

    /// `fault` befalls every call until [`SearxngFaults::clear`].
    pub fn always(&self, fault: SearxngFault) {
        self.add(SearxngFaultRule::always(fault));
    }

    /// The engine (`""` = every one) fails in the next `calls` searches that ask it.
    pub fn engine_fails(&self, calls: u32, engine: &str, failure: EngineFailure) {
        self.next(calls, SearxngFault::Engine { engine: engine.to_owned(), failure });
    }

    /// The engine (`""` = every one) fails whenever it is asked, until [`SearxngFaults::clear`].
    pub fn engine_always_fails(&self, engine: &str, failure: EngineFailure) {
        self.always(SearxngFault::Engine { engine: engine.to_owned(), failure });
    }

    /// Adds a rule.
    pub fn add(&self, rule: SearxngFaultRule) {
        self.lock().push(rule);
    }

    /// The rules that still have calls left.
    pub fn rules(&self) -> Vec<SearxngFaultRule> {
        self.lock().clone()
    }

    /// Ends all faults. Engines that are suspended stay so until their time is over.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What befalls a call as a whole; it is used up.
    pub(super) fn take(&self, q: &str) -> Vec<SearxngFault> {
        let mut taken = Vec::new();
        self.take_where(q, |fault| {
            let is_whole = !matches!(fault, SearxngFault::Engine { .. });
            if is_whole {
                taken.push(fault.clone());
            }
            is_whole
        });
        taken
    }

    /// What befalls an engine that is asked; it is used up.
    pub(super) fn take_of(&self, asked: &str, q: &str) -> Vec<EngineFailure> {
        let mut taken = Vec::new();
        self.take_where(q, |fault| match fault {
            SearxngFault::Engine { engine, failure } if engine.is_empty() || engine == asked => {
                taken.push(*failure);
                true
            }
            _ => false,
        });
        taken
    }

    fn take_where(&self, q: &str, mut takes: impl FnMut(&SearxngFault) -> bool) {
        let mut rules = self.lock();
        for rule in rules.iter_mut() {
            let matches = rule.q.as_deref().is_none_or(|wanted| wanted == q) && rule.calls != Some(0);
            if matches && takes(&rule.fault) {
                rule.calls = rule.calls.map(|left| left - 1);
            }
        }
        rules.retain(|rule| rule.calls != Some(0));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SearxngFaultRule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
