//! `secrets.lock`: which secrets a profile has, and that they are the same ones everywhere, without any value (D11).

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use ring::hmac;
use serde::{Deserialize, Serialize};

/// Bytes of a fingerprint: enough that two values never share one, too few to help a guess.
const FINGERPRINT_BYTES: usize = 16;

/// One secret of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// `generated`, `from_pool`, `managed_bot` or `user`.
    pub source: String,
    /// Counts the rotations, from one.
    pub version: u32,
    /// [`Fingerprint`] of the value.
    pub fingerprint: Fingerprint,
    /// When this version came to be.
    pub rotated_at: DateTime<FixedOffset>,
}

/// A value under a key that only the registry has: tells whether two values are the same, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a value, the same for every profile and every name: no two live profiles may share a token.
    pub fn of(key: &[u8; 32], value: &str) -> Self {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), value.as_bytes());
        Self(format!("hmac-sha256:{}", hex::encode(&tag.as_ref()[..FINGERPRINT_BYTES])))
    }

    /// `hmac-sha256:` and 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsLock {
    /// By the name of the variable.
    pub secrets: BTreeMap<String, Locked>,
}

/// A `secrets.lock` that is none.
#[derive(Debug, thiserror::Error)]
#[error("secrets.lock: {0}")]
pub struct LockBroken(String);

impl SecretsLock {
    /// Reads the file.
    ///
    /// # Errors
    /// [`LockBroken`] also for a fingerprint that is none: it could be a value that slipped in.
    pub fn parse(bytes: &[u8]) -> Result<Self, LockBroken> {
        // serde would let the later of two equal keys win.
        crate::json::parse(bytes).map_err(|error| LockBroken(error.to_string()))?;
        let lock: Self = serde_json::from_slice(bytes).map_err(|error| {
            // Without serde's own words: they repeat what stands there, which could be a value that slipped in.
            LockBroken(format!("line {}, column {}: not what may stand there", error.line(), error.column()))
        })?;
        for (name, locked) in &lock.secrets {
            let hex = locked.fingerprint.0.strip_prefix("hmac-sha256:").unwrap_or_default();
            let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            if hex.len() != 2 * FINGERPRINT_BYTES || !hex.bytes().all(lower_hex) {
                return Err(LockBroken(format!("{name} has no fingerprint")));
            }
        }
        Ok(lock)
    }

    /// Writes the file; the same secrets give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Notes a value. The version counts up only when the value is another one.
    pub fn note(&mut self, name: &str, source: &str, fingerprint: Fingerprint, now: DateTime<FixedOffset>) {
        let version = match self.secrets.get(name) {
            Some(have) if have.fingerprint == fingerprint => return,
            Some(have) => have.version + 1,
            None => 1,
        };
        let locked = Locked { source: source.to_owned(), version, fingerprint, rotated_at: now };
        self.secrets.insert(name.to_owned(), locked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-11-22T09:00:00+08:00").unwrap()
    }

    #[test]
    fn a_lock_survives_its_file_and_counts_rotations() {
        let key = [7; 32];
        let mut lock = SecretsLock::default();
        lock.note("A", "user", Fingerprint::of(&key, "one"), now());
        lock.note("A", "user", Fingerprint::of(&key, "one"), now());
        assert_eq!(lock.secrets["A"].version, 1);
        lock.note("A", "user", Fingerprint::of(&key, "two"), now());
        assert_eq!(lock.secrets["A"].version, 2);
        let bytes = lock.to_bytes();
        assert_eq!(SecretsLock::parse(&bytes).unwrap(), lock);
        assert!(!String::from_utf8(bytes).unwrap().contains("two"));
    }

    #[test]
    fn a_fingerprint_depends_on_the_value_and_the_key() {
        assert_eq!(Fingerprint::of(&[1; 32], "a"), Fingerprint::of(&[1; 32], "a"));
        assert_ne!(Fingerprint::of(&[1; 32], "a"), Fingerprint::of(&[1; 32], "b"));
        assert_ne!(Fingerprint::of(&[1; 32], "a"), Fingerprint::of(&[2; 32], "a"));
        assert_eq!(Fingerprint::of(&[1; 32], "a").as_str().len(), 44);
    }

    #[test]
    fn a_value_in_place_of_a_fingerprint_is_refused_without_being_shown() {
        let text = r#"{"secrets":{"A":{"source":"user","version":1,"fingerprint":"hunter2","rotated_at":"2026-11-22T09:00:00+08:00"}}}"#;
        let error = SecretsLock::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "secrets.lock: A has no fingerprint");
        let text = r#"{"secrets":{"A":{"source":"user","version":"hunter2"}}}"#;
        let error = SecretsLock::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "secrets.lock: line 1, column 52: not what may stand there");
        assert!(SecretsLock::parse(br#"{"secrets":{},"values":{}}"#).is_err());
        assert!(SecretsLock::parse(br#"{"secrets":{},"secrets":{}}"#).is_err());
    }
}
