//! What goes wrong, and when: a handle that tests bend while the server runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// A fault and the calls it befalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolFaultRule<F> {
    /// The symbol in the vendor's spelling (`^GSPC`, `AAPL`); absent = any.
    #[serde(default)]
    pub symbol: Option<String>,
    /// How many more calls; absent = all.
    #[serde(default)]
    pub calls: Option<u32>,
    /// What befalls them. Several rules that match one call all apply.
    pub fault: F,
}

/// The handle on a server's faults. Clones bend the same server.
#[derive(Debug)]
pub struct SymbolFaults<F>(Arc<Mutex<Vec<SymbolFaultRule<F>>>>);

impl<F> Clone for SymbolFaults<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F> Default for SymbolFaults<F> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<F: Clone> SymbolFaults<F> {
    /// `fault` befalls the next `calls` calls for `symbol` (`""` = for any symbol).
    pub fn next(&self, calls: u32, symbol: &str, fault: F) {
        self.add(SymbolFaultRule { symbol: some(symbol), calls: Some(calls), fault });
    }

    /// `fault` befalls every call for `symbol` (`""` = for any symbol) until [`SymbolFaults::clear`].
    pub fn always(&self, symbol: &str, fault: F) {
        self.add(SymbolFaultRule { symbol: some(symbol), calls: None, fault });
    }

    /// Adds a rule.
    pub fn add(&self, rule: SymbolFaultRule<F>) {
        self.lock().push(rule);
    }

    /// The rules that still have calls left.
    pub fn rules(&self) -> Vec<SymbolFaultRule<F>> {
        self.lock().clone()
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The faults of the next call for `symbol`, which uses them up.
    pub(crate) fn take(&self, symbol: &str) -> Vec<F> {
        let mut rules = self.lock();
        let mut faults = Vec::new();
        for rule in rules.iter_mut() {
            if rule.symbol.as_deref().is_some_and(|wanted| wanted != symbol) || rule.calls == Some(0) {
                continue;
            }
            rule.calls = rule.calls.map(|left| left - 1);
            faults.push(rule.fault.clone());
        }
        rules.retain(|rule| rule.calls != Some(0));
        faults
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SymbolFaultRule<F>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn some(symbol: &str) -> Option<String> {
    (!symbol.is_empty()).then(|| symbol.to_owned())
}
