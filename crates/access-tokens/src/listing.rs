//! All tokens at one moment: what is published, and what every daemon keeps.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Digest, Grant};

/// To be raised with everything that narrows what a token may do: a reader that does not know it would let too much pass.
const FORMAT: u32 = 1;

/// Every token that may let somebody in. Revoked ones are simply absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Grows with every change; of two listings the one with the higher version is right.
    pub version: u64,
    /// When the gateway last said that this is still so.
    pub as_of: DateTime<Utc>,
    /// The tokens.
    pub tokens: Vec<Arc<Grant>>,
}

/// Bytes that are no listing.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// They are no JSON, or lack what a listing has.
    #[error("not a list of tokens: {0}")]
    Malformed(#[source] serde_json::Error),
    /// They were changed after they were written.
    #[error("its checksum does not match what it holds")]
    Checksum,
    /// A later version of this program wrote them.
    #[error("it has format {found}, this program reads {FORMAT}")]
    Format {
        /// As written.
        found: u32,
    },
}

#[derive(Serialize)]
struct Sealed<'a> {
    format: u32,
    sha256: Digest,
    listing: &'a RawValue,
}

#[derive(Deserialize)]
struct Opened<'a> {
    format: u32,
    sha256: Digest,
    #[serde(borrow)]
    listing: &'a RawValue,
}

impl Listing {
    /// As JSON with a checksum: `{"format":1,"sha256":"…","listing":{…}}`.
    ///
    /// # Errors
    /// [`ListingError::Malformed`], which no listing is.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ListingError> {
        let listing = serde_json::value::to_raw_value(self).map_err(ListingError::Malformed)?;
        let sealed = Sealed { format: FORMAT, sha256: Digest::of(listing.get().as_bytes()), listing: &listing };
        serde_json::to_vec(&sealed).map_err(ListingError::Malformed)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`ListingError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ListingError> {
        let opened: Opened<'_> = serde_json::from_slice(bytes).map_err(ListingError::Malformed)?;
        if opened.format != FORMAT {
            return Err(ListingError::Format { found: opened.format });
        }
        if Digest::of(opened.listing.get().as_bytes()) != opened.sha256 {
            return Err(ListingError::Checksum);
        }
        serde_json::from_str(opened.listing.get()).map_err(ListingError::Malformed)
    }

    /// Whether both let in exactly the same callers; versions and times aside.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let sorted = |listing: &Self| {
            let mut tokens = listing.tokens.clone();
            tokens.sort_by(|one, two| one.id.cmp(&two.id));
            tokens
        };
        sorted(self) == sorted(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        let grant = |id: &str| {
            let json = format!(
                r#"{{"id":"{id}","name":"A","profile":"p","scopes":["llm"],"sha256":"{}"}}"#,
                Digest::of(id.as_bytes())
            );
            Arc::new(serde_json::from_str::<Grant>(&json).unwrap())
        };
        Listing { version: 7, as_of: DateTime::UNIX_EPOCH, tokens: vec![grant("a"), grant("b")] }
    }

    #[test]
    fn it_reads_back_and_any_changed_byte_is_noticed() {
        let bytes = listing().to_bytes().unwrap();
        assert_eq!(Listing::from_bytes(&bytes).unwrap(), listing());
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = Listing::from_bytes(&changed);
            assert!(read.as_ref().is_ok_and(|read| *read == listing()) || read.is_err(), "byte {at}: {read:?}");
            assert!(Listing::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_later_format_is_refused_by_its_number() {
        let text = String::from_utf8(listing().to_bytes().unwrap()).unwrap();
        let later = text.replacen("\"format\":1", "\"format\":2", 1);
        assert!(matches!(Listing::from_bytes(later.as_bytes()), Err(ListingError::Format { found: 2 })));
    }

    #[test]
    fn the_order_of_tokens_and_the_version_do_not_count_and_anything_else_does() {
        let one = listing();
        let mut other = Listing { version: 8, tokens: one.tokens.iter().rev().cloned().collect(), ..listing() };
        assert!(one.says_the_same(&other));
        other.tokens[0] = Arc::new(Grant { profile: "q".into(), ..(*other.tokens[0]).clone() });
        assert!(!one.says_the_same(&other));
        other.tokens.remove(0);
        assert!(!one.says_the_same(&other));
    }
}
