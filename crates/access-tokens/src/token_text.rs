//! The token itself, between its making and its one showing.

use std::fmt;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::Digest;

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

/// A token as its owner sends it: `tw-` and 64 hexadecimal digits. A secret: `Debug` shows `tw-…`.
#[derive(Clone)]
pub struct TokenText(String);

impl TokenText {
    /// What every token begins with, so that scanners for leaked secrets find it.
    pub const PREFIX: &str = "tw-";
    const RANDOM_BYTES: usize = 32;

    /// A new token of 256 random bits.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut random = [0; Self::RANDOM_BYTES];
        SystemRandom::new().fill(&mut random).map_err(|_| NoRandomness)?;
        Ok(Self(format!("{}{}", Self::PREFIX, hex::encode(random))))
    }

    /// The text, for the one place that shows it. Do not keep, log or format it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}…", Self::PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_another_one_and_none_shows_itself() {
        let (one, other) = (TokenText::generate().unwrap(), TokenText::generate().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_ne!(one.digest(), other.digest());
        assert_eq!((one.expose().len(), &one.expose()[..3]), (67, "tw-"));
        assert_eq!(format!("{one:?}"), "tw-…");
    }
}
