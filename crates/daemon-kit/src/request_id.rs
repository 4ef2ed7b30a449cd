//! The id that ties a request's answer to its log lines.

use std::{
    fmt,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it, in both directions.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const LENGTH_MAX: usize = 64;

/// A request's id. Handlers take it with `Extension<RequestId>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The caller's id when it is sane (1 to 64 characters of `A-Z a-z 0-9 . _ -`), or a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get(HEADER) {
            Some(id) if is_sane(id.as_bytes()) => Self(id.clone()),
            _ => Self::generate(),
        }
    }

    /// A new id, unique in this process and not guessably like another process's.
    ///
    /// A random start and a counter rather than a random number each: it costs nanoseconds, and ids that follow each
    /// other are requests that followed each other.
    pub fn generate() -> Self {
        static START: LazyLock<u64> = LazyLock::new(|| uuid::Uuid::new_v4().as_u64_pair().1);
        static NEXT: AtomicU64 = AtomicU64::new(0);
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let number = START.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let digits: [u8; 16] = std::array::from_fn(|i| HEX[(number >> (60 - 4 * i)) as usize & 15]);
        Self(HeaderValue::from_bytes(&digits).unwrap_or_else(|_| HeaderValue::from_static("none")))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("none")
    }

    /// As a header's value.
    pub fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_sane(id: &[u8]) -> bool {
    (1..=LENGTH_MAX).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &'static str) -> RequestId {
        RequestId::of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_static(id))]))
    }

    #[test]
    fn a_sane_id_of_the_caller_is_kept() {
        assert_eq!(of("agent-7.run_3").as_str(), "agent-7.run_3");
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        let long: &'static str = Box::leak("x".repeat(65).into_boxed_str());
        for id in ["", "a b", "a\"b", "{}", long] {
            let made = of(id);
            assert_ne!(made.as_str(), id);
            assert_eq!(made.as_str().len(), 16);
        }
    }

    #[test]
    fn no_id_is_made_twice() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| RequestId::generate().to_string()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
