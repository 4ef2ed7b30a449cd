//! How a simulated provider behaves while nothing is wrong.

use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use super::{answer::LlmAnswer, dialect::LlmDialect};
use crate::Clock;

/// Settings of an [`LlmServer`](super::LlmServer).
#[derive(Clone)]
pub struct LlmOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// Whose API it speaks.
    pub dialect: LlmDialect,
    /// The keys it takes. None = any; the book of a key then bears the key's own text.
    pub keys: Vec<LlmKey>,
    /// What each account allows per model, shared by its keys.
    pub account_limits: BTreeMap<String, LlmLimits>,
    /// The models it has. None = any name.
    pub models: Vec<String>,
    /// What a model costs; those not listed cost [`LlmOptions::price`].
    pub prices: BTreeMap<String, LlmPrice>,
    /// What every other model costs.
    pub price: LlmPrice,
    /// The ordinary answer.
    pub answer: LlmAnswer,
    /// Whether a caller that hangs up in a stream pays for the whole answer, or for what had been sent until then.
    pub bills_whole_streams: bool,
    /// An account's money at the beginning, nano-yuan; a balance asked for is this less what was billed.
    pub credit_nano: i64,
    /// So many of the last calls are remembered one by one; counts and books are never cut.
    pub keep_calls: usize,
    /// So many of the last bodies are remembered, each up to 64 KiB.
    pub keep_bodies: usize,
    /// The time, which decides on the day of a bill. `None` = noon on 2026-11-23 in Shanghai, for ever.
    pub clock: Option<Clock>,
    /// Whether `/_sim/*` answers: `POST`, `GET` and `DELETE /_sim/faults`, `GET /_sim/books`, `GET /_sim/calls`.
    pub control: bool,
}

impl Default for LlmOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dialect: LlmDialect::default(),
            keys: Vec::new(),
            account_limits: BTreeMap::new(),
            models: Vec::new(),
            prices: BTreeMap::new(),
            price: LlmPrice::default(),
            answer: LlmAnswer::default(),
            bills_whole_streams: false,
            credit_nano: 1_000 * 1_000_000_000,
            keep_calls: 10_000,
            keep_bodies: 32,
            clock: None,
            control: true,
        }
    }
}

impl LlmOptions {
    /// A provider of this dialect with `count` keys `key-1` … on an account each.
    pub fn with_keys(dialect: LlmDialect, count: usize) -> Self {
        let keys = (1..=count).map(|number| LlmKey::new(&format!("key-{number}"))).collect();
        Self { dialect, keys, ..Self::default() }
    }

    pub(super) fn price_of(&self, model: &str) -> LlmPrice {
        self.prices.get(model).copied().unwrap_or(self.price)
    }
}

impl fmt::Debug for LlmOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = (&self.address, self.dialect, self.keys.len());
        f.debug_tuple("LlmOptions").field(&fields).finish()
    }
}

/// A key of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LlmKey {
    /// Its name in books, faults and calls.
    pub name: String,
    /// What callers send: `sk-sim-` and the name.
    pub secret: String,
    /// Whose it is; keys of one account share its limits and its money.
    pub account: String,
    /// What the key alone allows, all models together.
    pub limits: LlmLimits,
}

impl LlmKey {
    /// A key without limits on an account of its own, which bears its name.
    pub fn new(name: &str) -> Self {
        let limits = LlmLimits::default();
        Self { name: name.to_owned(), secret: format!("sk-sim-{name}"), account: name.to_owned(), limits }
    }

    /// The same key on this account.
    #[must_use]
    pub fn on(mut self, account: &str) -> Self {
        account.clone_into(&mut self.account);
        self
    }

    /// The same key with these limits.
    #[must_use]
    pub fn limited(mut self, limits: LlmLimits) -> Self {
        self.limits = limits;
        self
    }
}

/// What is allowed within any window of this length; `None` = unlimited. Refused calls do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LlmLimits {
    /// Requests per window.
    pub rpm: Option<u32>,
    /// Tokens per window, those of the answer included.
    pub tpm: Option<u64>,
    /// Requests within any second; more is refused as growing too fast.
    pub per_second: Option<u32>,
    /// Requests at the same time.
    pub concurrency: Option<u32>,
    /// How long a minute is, by tokio's clock.
    pub window: Duration,
}

impl Default for LlmLimits {
    fn default() -> Self {
        Self { rpm: None, tpm: None, per_second: None, concurrency: None, window: Duration::from_mins(1) }
    }
}

/// What tokens cost, nano-yuan per token: 800 is ¥0.8 per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LlmPrice {
    /// Per token of the prompt.
    pub input: u64,
    /// Per token of the prompt that was cached.
    pub cached_input: u64,
    /// Per token of the answer, thinking included.
    pub output: u64,
}

impl Default for LlmPrice {
    /// ¥0.8, ¥0.16 and ¥2 per million tokens.
    fn default() -> Self {
        Self { input: 800, cached_input: 160, output: 2_000 }
    }
}
