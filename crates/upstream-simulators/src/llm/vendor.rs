//! What the provider is and knows.

use std::sync::{Mutex, atomic::AtomicU64};

use chrono::{DateTime, Utc};
use hyper::{HeaderMap, header};
use serde_json::{Value, json};

use super::{
    answer::LlmAnswer,
    books::Books,
    calls::LlmCalls,
    faults::LlmFaults,
    limits::Limiter,
    options::{LlmKey, LlmOptions},
};

/// The provider.
pub(super) struct Vendor {
    pub(super) options: LlmOptions,
    pub(super) answer: Mutex<LlmAnswer>,
    pub(super) faults: LlmFaults,
    pub(super) calls: LlmCalls,
    pub(super) books: Books,
    pub(super) limiter: Limiter,
    pub(super) answers: AtomicU64,
}

impl Vendor {
    pub(super) fn new(options: LlmOptions) -> Self {
        Self {
            answer: Mutex::new(options.answer),
            faults: LlmFaults::default(),
            calls: LlmCalls::new(options.keep_calls, options.keep_bodies),
            books: Books::default(),
            limiter: Limiter::default(),
            answers: AtomicU64::new(0),
            options,
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.options.clock.as_ref().map_or_else(noon, |clock| clock())
    }

    /// The key of this secret. A provider without keys takes any, under its own text and on the account `default`.
    pub(super) fn key(&self, headers: &HeaderMap) -> Option<LlmKey> {
        let secret = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        if self.options.keys.is_empty() {
            return Some(LlmKey { secret: secret.to_owned(), ..LlmKey::new(secret).on("default") });
        }
        self.options.keys.iter().find(|key| key.secret == secret).cloned()
    }

    pub(super) fn models(&self) -> Value {
        let entry = |id: &String| json!({"id": id, "object": "model", "created": 0, "owned_by": "sim"});
        json!({"object": "list", "data": self.options.models.iter().map(entry).collect::<Vec<_>>()})
    }

    /// What is left of an account's money, in SiliconFlow's form.
    pub(super) fn balance(&self, account: &str) -> Value {
        let keys = self.options.keys.iter().filter(|key| key.account == account);
        let billed: i64 = keys.map(|key| self.books.of(&key.name).billed_nano).sum();
        let left = self.options.credit_nano - billed;
        let text = format!(
            "{}{}.{:09}",
            if left < 0 { "-" } else { "" },
            left.abs() / 1_000_000_000,
            left.abs() % 1_000_000_000
        );
        let data = json!({
            "id": account, "name": account, "status": "normal", "balance": text, "chargeBalance": "0",
            "totalBalance": text,
        });
        json!({"code": 20000, "message": "OK", "status": true, "data": data})
    }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_406_400, 0).unwrap_or_default()
}
