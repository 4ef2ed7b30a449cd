//! What a search gives.

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// SearXNG's JSON. `query` is the caller's own text; a stale answer has `"stale": true` and `"as_of"` (RFC 3339).
    pub body: Bytes,
    /// Where it came from.
    pub origin: Origin,
    /// When SearXNG gave it.
    pub as_of: DateTime<Utc>,
    /// Who gave it.
    pub engines: Engines,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// SearXNG was asked for this caller.
    Fresh,
    /// It was in the cache.
    Cache,
    /// SearXNG was asked for somebody else, at the same time.
    Coalesced,
    /// It was in the cache, and is old: no new one is to be had.
    Stale,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fresh, Self::Cache, Self::Coalesced, Self::Stale];

    /// `fresh`, `hit`, `coalesced`, `stale`: the header `x-twilight-cache` and the label `origin`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Cache => "hit",
            Self::Coalesced => "coalesced",
            Self::Stale => "stale",
        }
    }
}

/// Which engines an answer is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Engines {
    /// Those with a result in it.
    pub answered: Vec<String>,
    /// Those that failed, each with SearXNG's reason (`CAPTCHA`, `timeout`, `Suspended: too many requests` …).
    pub failed: Vec<(String, String)>,
}

impl std::fmt::Debug for Found {
    /// Without the body: it holds what was asked.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { body, origin, as_of, engines } = self;
        out.debug_struct("Found")
            .field("bytes", &body.len())
            .field("origin", origin)
            .field("as_of", as_of)
            .field("engines", engines)
            .finish()
    }
}
