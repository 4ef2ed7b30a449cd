//! Which codes name the same instrument at different times.
//!
//! Some vendors keep an instrument's past under its old code, some move all of it to the new one, some answer under both.
//! A history must never be counted twice, so rows are keyed by [`CodeMap::canonical`], the newest code, and asked from
//! vendors by [`CodeMap::current`], the code of the day.
//!
//! A merger is not a code change: the successor's history is another company's (000024.SZ into 001979.SZ), and neither is
//! a number given to a second company (600018.SH). Neither belongs here.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{Code, Exchange};

mod known;

/// One instrument's change of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChange {
    /// The code up to the day before.
    pub old: Code,
    /// The code from that day on.
    pub new: Code,
    /// First trading day under the new code.
    pub effective: NaiveDate,
}

/// Why a list of changes is not a code map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeMapError {
    /// Two different changes of the same old code.
    #[error("{0} changes into two different codes, or on two different days")]
    TwoSuccessors(Code),
    /// Two old codes that become one: two histories would run into each other.
    #[error("{0} would continue two different codes")]
    TwoPredecessors(Code),
    /// The chain of changes does not go forward in time (or goes round).
    #[error("the changes of {0} do not follow each other in time")]
    NotForward(Code),
}

/// The dated map of code changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeMap {
    by_old: BTreeMap<Code, CodeChange>,
    by_new: BTreeMap<Code, CodeChange>,
}

impl CodeMap {
    /// A map of the given changes. The same change twice is one.
    pub fn new(changes: impl IntoIterator<Item = CodeChange>) -> Result<Self, CodeMapError> {
        let mut map = Self::default();
        for change in changes {
            map.insert(change)?;
        }
        Ok(map)
    }

    /// The changes this crate is sure of, each announced by the exchange: see `known.rs`. Beijing's full table comes from a
    /// vendor and is added with [`CodeMap::insert`] and [`bse_change`].
    pub fn known() -> Self {
        // The table is tested to be a map; a broken one would be an empty map here, not a panic in a daemon.
        Self::new(known::changes()).unwrap_or_default()
    }

    /// Adds a change, or refuses one that contradicts the map.
    pub fn insert(&mut self, change: CodeChange) -> Result<(), CodeMapError> {
        match self.by_old.get(&change.old) {
            Some(same) if *same == change => return Ok(()),
            Some(_) => return Err(CodeMapError::TwoSuccessors(change.old)),
            None => {}
        }
        if self.by_new.contains_key(&change.new) {
            return Err(CodeMapError::TwoPredecessors(change.new));
        }
        let before = self.by_new.get(&change.old).is_none_or(|before| before.effective < change.effective);
        let after = self.by_old.get(&change.new).is_none_or(|after| change.effective < after.effective);
        if change.old == change.new || !before || !after || self.canonical(&change.new) == change.old {
            return Err(CodeMapError::NotForward(change.old));
        }
        self.by_new.insert(change.new, change.clone());
        self.by_old.insert(change.old, change);
        Ok(())
    }

    /// The newest code of the instrument that `code` names: the key of its whole history.
    pub fn canonical(&self, code: &Code) -> Code {
        let mut newest = *code;
        while let Some(change) = self.by_old.get(&newest) {
            newest = change.new;
        }
        newest
    }

    /// The code that the instrument named by `code` (its old or its new one) trades under on `date`.
    pub fn current(&self, code: &Code, date: NaiveDate) -> Code {
        let mut current = self.canonical(code);
        while let Some(change) = self.by_new.get(&current).filter(|change| date < change.effective) {
            current = change.old;
        }
        current
    }

    /// The change by which `code` came to be, if it was another code before.
    pub fn former(&self, code: &Code) -> Option<&CodeChange> {
        self.by_new.get(code)
    }

    /// Every change, by old code.
    pub fn changes(&self) -> impl Iterator<Item = &CodeChange> {
        self.by_old.values()
    }
}

/// The change of one Beijing share, from a row of a vendor's table (Tushare `bse_mapping`), with its date: 2025-05-06 for
/// the six pilot shares, 2025-10-09 for all others. `None` if the pair is not a 43/83/87 code and a 920 code.
pub fn bse_change(old: Code, new: Code) -> Option<CodeChange> {
    let is_pair = is_former_bse(&old) && new.exchange() == Exchange::Bse && new.symbol().starts_with("920");
    let effective = if known::is_bse_pilot(&old) { known::BSE_PILOT } else { known::BSE_TRANSITION };
    is_pair.then_some(CodeChange { old, new, effective })
}

/// The code a former Beijing code **probably** became: 920 and its last three digits.
///
/// A candidate to look up or to show, never a map: where two old codes end alike, the exchange moved one of them to the
/// next free number, so only its table tells.
pub fn bse_candidate(old: &Code) -> Option<Code> {
    let last_three = is_former_bse(old).then(|| old.symbol().get(3..))??;
    Code::new(&format!("920{last_three}"), Exchange::Bse).ok()
}

fn is_former_bse(code: &Code) -> bool {
    code.exchange() == Exchange::Bse && ["43", "83", "87"].iter().any(|prefix| code.symbol().starts_with(prefix))
}

#[cfg(test)]
mod tests;
