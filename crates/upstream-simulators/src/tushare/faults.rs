//! What goes wrong, and when: a handle that tests bend while the server runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use market_model::{Code, DailyBar};
use serde::{Deserialize, Serialize};

use super::{damage::CellDamage, refusal::Refusal};

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// `msg` is null where it would be an empty text.
    NullMsg,
    /// `has_more` is absent, even where there is more.
    NoHasMore,
    /// HTTP 502 with a proxy's HTML page.
    HtmlBadGateway,
    /// HTTP 200 with an HTML page.
    HtmlOk,
    /// HTTP 500 with an empty body.
    ServerError,
    /// The answer comes after this many milliseconds.
    Slow(u64),
    /// The connection closes in the middle of the body.
    CutBody,
    /// HTTP 200 and half of the JSON, the connection in order.
    HalfBody,
    /// The connection closes without an answer.
    Hangup,
    /// Volumes are 100 times and amounts 1000 times too large: shares and yuan in place of 手 and 千元.
    WrongUnit,
    /// A column comes under another name.
    RenameColumn {
        /// Its usual name.
        from: String,
        /// The name it comes under.
        to: String,
    },
    /// A column does not come.
    DropColumn(String),
    /// A column that nobody asked for comes before all others, its cells null.
    ExtraColumn(String),
    /// Single cells come as something else.
    Damage(CellDamage),
    /// Every seventh row comes twice.
    DuplicateRows,
    /// Only this percentage of the codes has rows; the same codes on every call.
    KeepPercent(u32),
    /// No rows at all.
    NoRows,
    /// The rows come in another order on every call.
    Unsorted,
    /// The call is refused.
    Refuse(Refusal),
}

/// A fault and the calls it befalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The api (`daily`); absent = any.
    #[serde(default)]
    pub api: Option<String>,
    /// How many more calls; absent = all.
    #[serde(default)]
    pub calls: Option<u32>,
    /// What befalls them. Several rules that match one call all apply.
    pub fault: Fault,
}

/// The handle on a server's faults. Clones bend the same server.
#[derive(Debug, Clone, Default)]
pub struct TushareFaults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<FaultRule>,
    revised: BTreeMap<(Code, NaiveDate), DailyBar>,
    withdrawn: BTreeSet<(Code, NaiveDate)>,
}

impl TushareFaults {
    /// `fault` befalls the next `calls` calls of `api` (`""` = of any api).
    pub fn next(&self, calls: u32, api: &str, fault: Fault) {
        self.add(FaultRule { api: (!api.is_empty()).then(|| api.to_owned()), calls: Some(calls), fault });
    }

    /// `fault` befalls every call of `api` (`""` = of any api) until [`TushareFaults::clear`].
    pub fn always(&self, api: &str, fault: Fault) {
        self.add(FaultRule { api: (!api.is_empty()).then(|| api.to_owned()), calls: None, fault });
    }

    /// A cell of `api` comes damaged until [`TushareFaults::clear`].
    pub fn damage(&self, api: &str, damage: CellDamage) {
        self.always(api, Fault::Damage(damage));
    }

    /// Adds a rule.
    pub fn add(&self, rule: FaultRule) {
        self.lock().rules.push(rule);
    }

    /// The rules that still have calls left.
    pub fn rules(&self) -> Vec<FaultRule> {
        self.lock().rules.clone()
    }

    /// From now on `daily` and `adj_factor` answer with this bar for its code and day (prices on the tick, volume in
    /// shares, amount in yuan). Days without a bar stay without.
    pub fn revise(&self, bar: DailyBar) {
        self.lock().revised.insert((bar.code, bar.trade_date), bar);
    }

    /// From now on `daily` has no row for this code and day.
    pub fn withdraw(&self, code: Code, date: NaiveDate) {
        self.lock().withdrawn.insert((code, date));
    }

    /// Ends all faults, revisions and withdrawals.
    pub fn clear(&self) {
        *self.lock() = State::default();
    }

    /// The faults of the next call of `api`, which uses them up, and the rows that differ from the market.
    pub(crate) fn take(&self, api: &str) -> Bend {
        let mut state = self.lock();
        let mut faults = Vec::new();
        for rule in &mut state.rules {
            if rule.api.as_deref().is_some_and(|wanted| wanted != api) || rule.calls == Some(0) {
                continue;
            }
            rule.calls = rule.calls.map(|left| left - 1);
            faults.push(rule.fault.clone());
        }
        state.rules.retain(|rule| rule.calls != Some(0));
        Bend { faults, revised: state.revised.clone(), withdrawn: state.withdrawn.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How one call is bent.
#[derive(Debug, Default)]
pub(crate) struct Bend {
    pub(crate) faults: Vec<Fault>,
    revised: BTreeMap<(Code, NaiveDate), DailyBar>,
    withdrawn: BTreeSet<(Code, NaiveDate)>,
}

impl Bend {
    pub(crate) fn has(&self, fault: &Fault) -> bool {
        self.faults.contains(fault)
    }

    pub(crate) fn revised(&self, code: Code, date: NaiveDate) -> Option<&DailyBar> {
        if self.revised.is_empty() {
            return None;
        }
        self.revised.get(&(code, date))
    }

    pub(crate) fn is_withdrawn(&self, code: Code, date: NaiveDate) -> bool {
        !self.withdrawn.is_empty() && self.withdrawn.contains(&(code, date))
    }

    pub(super) fn damages(&self) -> Vec<&CellDamage> {
        self.faults
            .iter()
            .filter_map(|fault| if let Fault::Damage(damage) = fault { Some(damage) } else { None })
            .collect()
    }

    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.faults.iter().find_map(|fault| if let Fault::Refuse(refusal) = fault { Some(refusal) } else { None })
    }

    pub(crate) fn delay_ms(&self) -> u64 {
        self.faults.iter().map(|fault| if let Fault::Slow(ms) = fault { *ms } else { 0 }).sum()
    }
}
