//! What goes wrong, and when: a handle that tests bend while the server runs.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::NaiveDate;
use market_model::{Code, CorporateAction, DailyBar};
use serde::{Deserialize, Serialize};

use super::revision::Revisions;

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TdxFault {
    /// The body is the 2-byte count alone, without the records it announces: most public servers since July 2026.
    CountOnly,
    /// The body is cut to this many bytes, under a head that fits.
    ShortBody(usize),
    /// The count is 0 and nothing follows.
    Empty,
    /// No answer; the connection stays open.
    Silence,
    /// The connection closes in the middle of the body.
    Drop,
    /// The connection closes without an answer.
    Hangup,
    /// The head echoes another method.
    WrongMethod,
    /// The head echoes another sequence.
    WrongSequence,
    /// The head begins with other bytes.
    WrongMagic,
    /// The body says it is deflated, and does not inflate.
    CorruptZlib,
    /// The body inflates to another length than the head says.
    WrongLength,
    /// Bars come newest first.
    Descending,
    /// Every bar comes twice.
    DuplicateBars,
    /// Category 9 counts shares, as category 4 does.
    Shares,
    /// The answer comes after this many milliseconds.
    Slow(u64),
    /// After the head, the body comes in pieces of `bytes`, each after `ms` milliseconds.
    Drip {
        /// Bytes at a time.
        bytes: usize,
        /// Milliseconds before each piece.
        ms: u64,
    },
    /// Prices of bars and quotes are this many per mille too high (negative: too low).
    Lie(i32),
    /// The server knows nothing of the last trading days, this many.
    Stale(u16),
}

/// A fault and the calls it befalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TdxFaultRule {
    /// The method by its name in [`TdxCall::method`](super::TdxCall::method) (`bars`, `xdxr` …; `connect` for a
    /// connection as it is accepted); absent = any.
    #[serde(default)]
    pub method: Option<String>,
    /// The code asked for; absent = any.
    #[serde(default)]
    pub code: Option<Code>,
    /// How many more such calls go well first.
    #[serde(default)]
    pub after: u32,
    /// How many calls it befalls then; absent = all.
    #[serde(default)]
    pub calls: Option<u32>,
    /// What befalls them. Several rules that match one call all apply.
    pub fault: TdxFault,
}

impl TdxFaultRule {
    /// `fault` on every call of any method for any code.
    pub fn new(fault: TdxFault) -> Self {
        Self { method: None, code: None, after: 0, calls: None, fault }
    }

    /// For calls of `method` only.
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// For calls about `code` only.
    pub fn code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// `calls` such calls go well first.
    pub fn after(mut self, calls: u32) -> Self {
        self.after = calls;
        self
    }

    /// It ends after `calls` calls.
    pub fn times(mut self, calls: u32) -> Self {
        self.calls = Some(calls);
        self
    }
}

/// The handle on a server's faults. Clones bend the same server.
#[derive(Debug, Clone, Default)]
pub struct TdxFaults(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Whether there is anything in the state: a call looks here first.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<TdxFaultRule>,
    revisions: Arc<Revisions>,
}

impl TdxFaults {
    /// `fault` befalls the next `calls` calls of `method` (`""` = of any method).
    pub fn next(&self, calls: u32, method: &str, fault: TdxFault) {
        let rule = TdxFaultRule::new(fault).times(calls);
        self.add(if method.is_empty() { rule } else { rule.on(method) });
    }

    /// `fault` befalls every call of `method` (`""` = of any method) until [`TdxFaults::clear`].
    pub fn always(&self, method: &str, fault: TdxFault) {
        let rule = TdxFaultRule::new(fault);
        self.add(if method.is_empty() { rule } else { rule.on(method) });
    }

    /// Adds a rule.
    pub fn add(&self, rule: TdxFaultRule) {
        self.change(|state| state.rules.push(rule));
    }

    /// The rules that still have calls left.
    pub fn rules(&self) -> Vec<TdxFaultRule> {
        self.lock().rules.clone()
    }

    /// From now on bars answer with this one for its code and day (prices on the tick, volume in shares, amount in
    /// yuan), and what is summed up from days and minutes follows. Days without a bar stay without.
    pub fn revise(&self, bar: DailyBar) {
        self.revision(|revisions| revisions.revise(bar));
    }

    /// From now on there is no bar for this code and day.
    pub fn withdraw(&self, code: Code, date: NaiveDate) {
        self.revision(|revisions| revisions.withdraw(code, date));
    }

    /// From now on xdxr has this action for its code and ex-date, in place of what it had or in addition. A future
    /// ex-date is shown at once, as an announced one. Prices stay as they are.
    pub fn revise_action(&self, action: CorporateAction) {
        self.revision(|revisions| revisions.revise_action(action));
    }

    /// From now on xdxr has no action for this code and ex-date.
    pub fn withdraw_action(&self, code: Code, ex_date: NaiveDate) {
        self.revision(|revisions| revisions.withdraw_action(code, ex_date));
    }

    /// Ends all faults, revisions and withdrawals.
    pub fn clear(&self) {
        let mut state = self.lock();
        *state = State::default();
        self.0.any.store(false, Ordering::SeqCst);
    }

    /// The faults of the next call, which uses them up, and what the vendor revised.
    pub(super) fn take(&self, method: &str, code: Option<&Code>) -> Bend {
        if !self.0.any.load(Ordering::SeqCst) {
            return Bend::default();
        }
        let mut state = self.lock();
        let mut faults = Vec::new();
        for rule in &mut state.rules {
            // A rule without a method is about calls, not about connections.
            let of_method = rule.method.as_deref().map_or(method != CONNECT, |wanted| wanted == method);
            let of_code = rule.code.as_ref().is_none_or(|wanted| Some(wanted) == code);
            if !of_method || !of_code {
                continue;
            }
            if rule.after > 0 {
                rule.after -= 1;
                continue;
            }
            rule.calls = rule.calls.map(|left| left - 1);
            faults.push(rule.fault.clone());
        }
        state.rules.retain(|rule| rule.calls != Some(0));
        Bend { faults, revisions: Arc::clone(&state.revisions) }
    }

    fn revision(&self, change: impl FnOnce(&mut Revisions)) {
        self.change(|state| change(Arc::make_mut(&mut state.revisions)));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.rules.retain(|rule| rule.calls != Some(0));
        self.0.any.store(true, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name under which a rule catches a connection as it is accepted.
pub(super) const CONNECT: &str = "connect";

/// How one call is bent.
#[derive(Debug, Default)]
pub(super) struct Bend {
    pub(super) faults: Vec<TdxFault>,
    pub(super) revisions: Arc<Revisions>,
}

impl Bend {
    pub(super) fn has(&self, fault: &TdxFault) -> bool {
        self.faults.contains(fault)
    }

    /// How much too high prices are, per mille.
    pub(super) fn lie(&self) -> i64 {
        self.faults
            .iter()
            .map(|fault| if let TdxFault::Lie(per_mille) = fault { i64::from(*per_mille) } else { 0 })
            .sum()
    }

    /// How late the answer is.
    pub(super) fn delay(&self) -> Duration {
        let ms = |fault: &TdxFault| if let TdxFault::Slow(ms) = fault { *ms } else { 0 };
        Duration::from_millis(self.faults.iter().map(ms).sum())
    }

    /// How many of the last trading days are missing.
    pub(super) fn stale(&self) -> usize {
        self.faults.iter().map(|fault| if let TdxFault::Stale(days) = fault { usize::from(*days) } else { 0 }).sum()
    }
}
