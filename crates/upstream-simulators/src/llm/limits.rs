//! Limits over sliding windows, of keys and of (account, model).

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{options::LlmLimits, refusal::LlmRefusal};

/// Counts what is let in.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<HashMap<String, Meter>>);

#[derive(Debug, Default)]
struct Meter {
    /// When, and how many tokens; those of the last window.
    let_in: VecDeque<(Instant, u64)>,
    tokens: u64,
    under_way: u32,
}

/// What is limited: a name, and by how much.
pub(super) type Limited<'a> = (String, &'a LlmLimits);

impl Limiter {
    /// Lets a call of so many tokens in under all of `limited`, or says why not and counts nothing.
    pub(super) fn admit(&self, limited: &[Limited<'_>], tokens: u64, now: Instant) -> Result<(), LlmRefusal> {
        let mut meters = self.lock();
        for (name, limits) in limited {
            meters.entry(name.clone()).or_default().check(limits, tokens, now)?;
        }
        for (name, _) in limited {
            meters.entry(name.clone()).or_default().count(tokens, now);
        }
        Ok(())
    }

    /// A call that was let in is over.
    pub(super) fn release(&self, names: &[String]) {
        let mut meters = self.lock();
        for name in names {
            if let Some(meter) = meters.get_mut(name) {
                meter.under_way = meter.under_way.saturating_sub(1);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Meter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meter {
    fn check(&mut self, limits: &LlmLimits, tokens: u64, now: Instant) -> Result<(), LlmRefusal> {
        while let Some((at, spent)) = self.let_in.front().copied()
            && now.duration_since(at) >= limits.window
        {
            self.tokens -= spent;
            self.let_in.pop_front();
        }
        let reached = |limit: Option<u32>, count: usize| limit.is_some_and(|limit| count >= limit as usize);
        let second = |(at, _): &&(Instant, u64)| now.duration_since(*at) < Duration::from_secs(1);
        if reached(limits.rpm, self.let_in.len()) {
            Err(LlmRefusal::RequestsPerMinute)
        } else if limits.tpm.is_some_and(|limit| self.tokens + tokens > limit) {
            Err(LlmRefusal::TokensPerMinute)
        } else if limits.per_second.is_some()
            && reached(limits.per_second, self.let_in.iter().rev().take_while(second).count())
            || reached(limits.concurrency, self.under_way as usize)
        {
            Err(LlmRefusal::Burst)
        } else {
            Ok(())
        }
    }

    fn count(&mut self, tokens: u64, now: Instant) {
        self.let_in.push_back((now, tokens));
        self.tokens += tokens;
        self.under_way += 1;
    }
}
