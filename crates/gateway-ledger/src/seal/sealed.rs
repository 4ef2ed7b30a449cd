//! A key, sealed or open.

use std::fmt;

use ring::aead::NONCE_LEN;

/// An encrypted key. Holds no secret without the master key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The id of the master key that opens it.
    pub key_id: String,
    pub(crate) nonce: [u8; NONCE_LEN],
    /// The encrypted text and its tag.
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealed(with {})", self.key_id)
    }
}

/// A key in clear. Shows itself in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainKey(String);

impl PlainKey {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key, for the header that carries it and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PlainKey(…)")
    }
}
