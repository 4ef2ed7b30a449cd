//! What goes wrong, and when: a handle that tests bend while the server runs.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::{
    dialect::LlmEndpoint,
    fault::{LlmFault, LlmFaultRule},
};

/// The handle on a server's faults. Clones bend the same server.
#[derive(Debug, Clone, Default)]
pub struct LlmFaults(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Whether there is any rule at all: without one, no call takes the lock.
    any: AtomicBool,
    rules: Mutex<Vec<LlmFaultRule>>,
}

/// What a rule looks at.
pub(super) struct Subject<'a> {
    pub(super) key: &'a str,
    pub(super) endpoint: LlmEndpoint,
    pub(super) model: &'a str,
    pub(super) stream: bool,
}

impl LlmFaults {
    /// `fault` befalls the next `calls` calls of `key` (`""` = of any) that cost tokens.
    pub fn next(&self, calls: u32, key: &str, fault: LlmFault) {
        self.add(LlmFaultRule { calls: Some(calls), ..LlmFaultRule::always(key, fault) });
    }

    /// `fault` befalls every call of `key` (`""` = of any) that costs tokens, until [`LlmFaults::clear`].
    pub fn always(&self, key: &str, fault: LlmFault) {
        self.add(LlmFaultRule::always(key, fault));
    }

    /// From now on the key opens nothing, neither models nor balance, until [`LlmFaults::clear`] or
    /// [`LlmFaults::clear_key`].
    pub fn kill_key(&self, key: &str) {
        for endpoint in [None, Some(LlmEndpoint::Models), Some(LlmEndpoint::Balance)] {
            let fault = LlmFault::Refuse(super::LlmRefusal::InvalidKey);
            self.add(LlmFaultRule { endpoint, ..LlmFaultRule::always(key, fault) });
        }
    }

    /// Adds a rule.
    pub fn add(&self, rule: LlmFaultRule) {
        let mut rules = self.lock();
        rules.push(rule);
        self.0.any.store(true, Ordering::Release);
    }

    /// The rules that still have calls left.
    pub fn rules(&self) -> Vec<LlmFaultRule> {
        self.lock().clone()
    }

    /// Ends all faults.
    pub fn clear(&self) {
        let mut rules = self.lock();
        rules.clear();
        self.0.any.store(false, Ordering::Release);
    }

    /// Ends the faults of one key.
    pub fn clear_key(&self, key: &str) {
        self.lock().retain(|rule| rule.key.as_deref() != Some(key));
    }

    /// The faults of the next call, which uses them up.
    pub(super) fn take(&self, subject: &Subject<'_>) -> Vec<LlmFault> {
        if !self.0.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut rules = self.lock();
        let mut faults = Vec::new();
        for rule in rules.iter_mut() {
            if !rule.matches(subject) || rule.calls == Some(0) {
                continue;
            }
            rule.calls = rule.calls.map(|left| left - 1);
            faults.push(rule.fault.clone());
        }
        rules.retain(|rule| rule.calls != Some(0));
        faults
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LlmFaultRule>> {
        self.0.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LlmFaultRule {
    fn matches(&self, subject: &Subject<'_>) -> bool {
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint == subject.endpoint,
            None => subject.endpoint.costs(),
        };
        endpoint
            && self.key.as_deref().is_none_or(|key| key == subject.key)
            && self.model.as_deref().is_none_or(|model| model == subject.model)
            && self.stream.is_none_or(|stream| stream == subject.stream)
    }
}
