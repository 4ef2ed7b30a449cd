//! Whose token it is: asked of the daemon that knows its tokens.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;

/// SHA-256 of a token's text. Sessions keep it instead of the token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Of a token's text.
    pub fn of(text: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, text).as_ref());
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Enough to tell two apart, not enough to find a weak token by guessing.
impl fmt::Debug for TokenDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0;
        write!(out, "{first:02x}{second:02x}…")
    }
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No such token; or it was revoked.
    Unknown,
    /// Its time is over.
    Expired,
    /// It is good for something else.
    Lacks {
        /// The scope that it would need.
        scope: &'static str,
    },
    /// Whether it is good cannot be told now; the log says why.
    Unavailable,
}

/// Who may look at a daemon's pages.
pub trait Authority: Send + Sync + 'static {
    /// The name of whoever the token belongs to, as the audit has it. Asked at the login and again with every request of
    /// its sessions.
    fn admit<'a>(&'a self, token: &'a TokenDigest) -> BoxFuture<'a, Result<Arc<str>, Denied>>;
}
