//! What a search is called in the cache.

use ring::hmac;

use crate::CacheKey;

/// In front of every key.
const PREFIX: &str = "search:1:";
/// What is hashed is for this purpose only.
const PURPOSE: &[u8] = b"twilight web-search 1\0";

/// Makes names.
pub(super) struct Namer(hmac::Key);

/// The names of one search. Neither can be made from the other, nor without the secret; the seal's key not without the
/// query either, so whoever has all of Redis and the secret can still only test guesses.
pub(crate) struct Names {
    key: String,
    seal: [u8; 32],
}

impl Namer {
    pub(super) fn new(secret: &CacheKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA512, secret.secret()))
    }

    pub(super) fn names(&self, canonical: &str) -> Names {
        let mut hash = hmac::Context::with_key(&self.0);
        hash.update(PURPOSE);
        hash.update(canonical.as_bytes());
        let tag = hash.sign();
        let (name, rest) = tag.as_ref().split_at(32);
        let mut seal = [0; 32];
        seal.copy_from_slice(rest);
        Names { key: format!("{PREFIX}{}", hex::encode(name)), seal }
    }
}

impl Names {
    /// The key in Redis.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The key of the seal.
    pub(super) fn seal(&self) -> &[u8; 32] {
        &self.seal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_depend_on_the_search_and_on_the_secret_and_show_neither() {
        let (one, other) = (Namer::new(&CacheKey::new([1; 32])), Namer::new(&CacheKey::new([2; 32])));
        let names = [one.names("茅台"), one.names("茅台 "), other.names("茅台")];
        for (index, name) in names.iter().enumerate() {
            assert_eq!(name.key().len(), PREFIX.len() + 64);
            assert!(names[..index].iter().all(|other| other.key() != name.key() && other.seal() != name.seal()));
        }
        assert_eq!(one.names("茅台").key(), names[0].key());
    }
}
