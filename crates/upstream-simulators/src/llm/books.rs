//! What each key was billed: what the real provider would have on its invoice.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::options::LlmPrice;
use crate::to_shanghai;

/// The book of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LlmBook {
    /// Calls that cost tokens, or would.
    pub calls: u64,
    /// Of these, the ones that were given an answer, or the beginning of one.
    pub answered: u64,
    /// Of these, the ones that were not, by refusal or fault.
    pub refused: BTreeMap<String, u64>,
    /// Calls of the models, of the balance and of nothing.
    pub free_calls: u64,
    /// Tokens of prompts, cached ones included.
    pub billed_input: u64,
    /// Of these, cached ones.
    pub billed_cached: u64,
    /// Tokens of answers, thinking included.
    pub billed_output: u64,
    /// Nano-yuan altogether.
    pub billed_nano: i64,
    /// Nano-yuan by day in Shanghai.
    pub billed_by_day: BTreeMap<NaiveDate, i64>,
    /// Callers that hung up before the end of their answer.
    pub callers_gone: u64,
    /// The largest bound on an answer that a request named.
    pub largest_max_tokens: Option<u64>,
    /// Calls under way.
    pub under_way: u64,
    /// The most calls that were under way at the same time.
    pub most_at_once: u64,
}

/// All books.
#[derive(Debug, Default)]
pub(super) struct Books(Mutex<BTreeMap<String, LlmBook>>);

/// Tokens to be billed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bill {
    pub(super) input: u64,
    pub(super) cached: u64,
    pub(super) output: u64,
}

impl Bill {
    pub(super) fn nano(self, price: LlmPrice) -> i64 {
        let fresh = self.input.saturating_sub(self.cached) * price.input;
        i64::try_from(fresh + self.cached * price.cached_input + self.output * price.output).unwrap_or(i64::MAX)
    }
}

impl Books {
    pub(super) fn all(&self) -> BTreeMap<String, LlmBook> {
        self.lock().clone()
    }

    pub(super) fn of(&self, key: &str) -> LlmBook {
        self.lock().get(key).cloned().unwrap_or_default()
    }

    pub(super) fn change(&self, key: &str, change: impl FnOnce(&mut LlmBook)) {
        let mut books = self.lock();
        if !books.contains_key(key) {
            books.insert(key.to_owned(), LlmBook::default());
        }
        if let Some(book) = books.get_mut(key) {
            change(book);
        }
    }

    /// Bills tokens to a key; what they cost.
    pub(super) fn bill(&self, key: &str, bill: Bill, price: LlmPrice, now: DateTime<Utc>) -> i64 {
        let nano = bill.nano(price);
        self.change(key, |book| {
            book.billed_input += bill.input;
            book.billed_cached += bill.cached;
            book.billed_output += bill.output;
            book.billed_nano += nano;
            *book.billed_by_day.entry(to_shanghai(now).date()).or_default() += nano;
        });
        nano
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, LlmBook>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
