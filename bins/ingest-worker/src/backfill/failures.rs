//! Codes whose history could not be fetched, and how often it was tried.

use std::collections::BTreeMap;

use market_model::Code;
use serde::{Deserialize, Serialize};

/// A code is given up after so many tries; the first comes in its turn, the others after all other codes.
const MAX_TRIES: u32 = 3;

/// The failed codes of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Failures(BTreeMap<Code, Failure>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Failure {
    tries: u32,
    error: String,
}

impl Failures {
    /// Notes a failure; whether the code is worth another try. One that only a person can mend is not.
    pub(super) fn add(&mut self, code: Code, error: String, is_final: bool) -> bool {
        let failure = self.0.entry(code).or_insert(Failure { tries: 0, error: String::new() });
        failure.tries = if is_final { MAX_TRIES } else { failure.tries + 1 };
        failure.error = error;
        failure.tries < MAX_TRIES
    }

    /// The code came after all.
    pub(super) fn remove(&mut self, code: &Code) -> bool {
        self.0.remove(code).is_some()
    }

    /// Whether the code failed before.
    pub(super) fn has(&self, code: &Code) -> bool {
        self.0.contains_key(code)
    }

    /// Whether the code is given up.
    pub(super) fn is_given_up(&self, code: &Code) -> bool {
        self.0.get(code).is_some_and(|failure| failure.tries >= MAX_TRIES)
    }

    /// How many are given up.
    pub(crate) fn given_up(&self) -> usize {
        self.0.values().filter(|failure| failure.tries >= MAX_TRIES).count()
    }

    /// Gives every code new tries: the whole run is tried again.
    pub(super) fn forgive(&mut self) {
        for failure in self.0.values_mut() {
            failure.tries = 0;
        }
    }

    /// Codes with their errors, the first few.
    pub(crate) fn some(&self) -> BTreeMap<String, String> {
        const SOME: usize = 20;
        self.0.iter().take(SOME).map(|(code, failure)| (code.to_string(), failure.error.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_given_up_after_three_tries_or_a_final_refusal() {
        let (one, other): (Code, Code) = ("600519.SH".parse().unwrap(), "000001.SZ".parse().unwrap());
        let mut failures = Failures::default();
        assert_eq!([1, 2, 3].map(|_| failures.add(one, "slow".into(), false)), [true, true, false]);
        assert!(!failures.add(other, "unknown".into(), true));
        assert_eq!((failures.given_up(), failures.is_given_up(&one)), (2, true));
        failures.forgive();
        assert_eq!((failures.given_up(), failures.has(&one)), (0, true));
        assert!(failures.remove(&one) && !failures.remove(&one));
    }
}
