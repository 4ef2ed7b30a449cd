//! A channel's budget as people write it.

use std::fmt;

use gateway_ledger::BudgetOverride;
use route_policy::Cny;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

const NONE: &str = "none";

/// So much a day, or `"none"` for no bound: `"500"`, `12.5`, `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget(pub(crate) Option<Cny>);

/// Text that is no budget: read as an amount or the word.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Amount(Cny),
    Word(String),
}

impl Budget {
    /// As the books keep it.
    pub(crate) fn to_override(self) -> BudgetOverride {
        self.0.map_or(BudgetOverride::Unlimited, BudgetOverride::PerDay)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(amount) => amount.fmt(out),
            None => out.write_str(NONE),
        }
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || D::Error::custom("invalid value: a budget, expected yuan a day as in \"12.5\", or \"none\"");
        match Written::deserialize(deserializer).map_err(|_| wrong())? {
            Written::Amount(amount) if amount >= Cny::ZERO => Ok(Self(Some(amount))),
            Written::Word(word) if word == NONE => Ok(Self(None)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_an_amount_or_none_at_all() {
        let read = |json: &str| serde_json::from_str::<Budget>(json).ok().map(|budget| budget.to_string());
        for (json, budget) in [("\"500\"", "500"), ("12.5", "12.5"), ("0", "0"), ("\"none\"", "none")] {
            assert_eq!(read(json).as_deref(), Some(budget), "{json}");
        }
        for json in ["-1", "\"-0.5\"", "\"a lot\"", "null", "true", "{}"] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
