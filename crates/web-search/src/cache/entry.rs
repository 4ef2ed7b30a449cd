//! One kept answer as bytes.
//!
//! ```text
//! version u8 | incomplete u8 | as_of i64 le, ms | seal( deflate( length of engines u32 le | engines as JSON | fields ) )
//! ```

use std::io::{Read as _, Write as _};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

use super::{Names, seal};
use crate::Engines;

const VERSION: u8 = 1;
const HEAD: usize = 10;
/// Engines, beside the fields.
const ENGINES_BYTES: usize = 64 << 10;

/// One kept answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) fields: Bytes,
    pub(crate) engines: Engines,
    /// Of a whole millisecond.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) is_incomplete: bool,
}

impl Entry {
    /// `None` where it cannot be sealed, and is not kept.
    pub(crate) fn seal(&self, names: &Names) -> Option<Vec<u8>> {
        let engines = serde_json::to_vec(&(&self.engines.answered, &self.engines.failed)).ok()?;
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(&u32::try_from(engines.len()).ok()?.to_le_bytes()).ok()?;
        deflated.write_all(&engines).ok()?;
        deflated.write_all(&self.fields).ok()?;
        let mut head = [0; HEAD];
        head[0] = VERSION;
        head[1] = u8::from(self.is_incomplete);
        head[2..].copy_from_slice(&self.as_of.timestamp_millis().to_le_bytes());
        let sealed = seal::seal(names.seal(), &head, deflated.finish().ok()?)?;
        Some([&head, sealed.as_slice()].concat())
    }

    /// `None` for anything that was not sealed under these names, or is larger than `max_bytes`.
    pub(crate) fn unseal(mut bytes: Vec<u8>, names: &Names, max_bytes: usize) -> Option<Self> {
        let (head, sealed) = bytes.split_at_mut_checked(HEAD)?;
        if head[0] != VERSION {
            return None;
        }
        let deflated = seal::open(names.seal(), head, sealed)?;
        let most = max_bytes + ENGINES_BYTES;
        let mut text = Vec::with_capacity((deflated.len() * 6).min(most));
        DeflateDecoder::new(deflated).take(most as u64 + 1).read_to_end(&mut text).ok()?;
        if text.len() > most {
            return None;
        }
        let text = Bytes::from(text);
        let (length, rest) = text.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (answered, failed) = serde_json::from_slice(rest.get(..length)?).ok()?;
        let as_of = DateTime::from_timestamp_millis(i64::from_le_bytes(head[2..].try_into().ok()?))?;
        let fields = text.slice(4 + length..);
        Some(Self { fields, engines: Engines { answered, failed }, as_of, is_incomplete: head[1] == 1 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{CacheKey, cache::names::Namer};

    fn names(canonical: &str) -> Names {
        Namer::new(&CacheKey::new([7; 32])).names(canonical)
    }

    fn entry(fields: &str) -> Entry {
        let engines = Engines { answered: vec!["baidu".into()], failed: vec![("google".into(), "CAPTCHA".into())] };
        let as_of = DateTime::from_timestamp_millis(1_795_406_400_123).unwrap();
        Entry { fields: fields.to_owned().into(), engines, as_of, is_incomplete: true }
    }

    #[test]
    fn an_entry_is_small_and_shows_nothing_of_what_it_holds() {
        let text = r#""results":[{"title":"marker-query","url":"https://example.com/marker-query"}]"#.repeat(200);
        let sealed = entry(&text).seal(&names("marker-query")).unwrap();
        assert!(sealed.len() < text.len() / 20, "{} of {}", sealed.len(), text.len());
        assert!(!sealed.windows(6).any(|bytes| bytes == b"marker"));
    }

    #[test]
    fn an_entry_of_another_search_or_of_another_secret_is_none() {
        let sealed = entry("x").seal(&names("a")).unwrap();
        assert_eq!(Entry::unseal(sealed.clone(), &names("b"), 1_000), None);
        let other = Namer::new(&CacheKey::new([8; 32])).names("a");
        assert_eq!(Entry::unseal(sealed, &other, 1_000), None);
    }

    #[test]
    fn one_that_unpacks_to_more_than_an_answer_can_have_is_none() {
        let sealed = entry(&"x".repeat(1 << 20)).seal(&names("a")).unwrap();
        assert!(Entry::unseal(sealed.clone(), &names("a"), 1 << 20).is_some());
        assert_eq!(Entry::unseal(sealed, &names("a"), 1 << 19), None);
    }

    proptest! {
        #[test]
        fn what_is_sealed_comes_back(text in ".{0,300}", canonical in ".{0,40}") {
            let sealed = entry(&text).seal(&names(&canonical)).unwrap();
            prop_assert_eq!(Entry::unseal(sealed, &names(&canonical), 10_000), Some(entry(&text)));
        }

        #[test]
        fn a_byte_that_changed_or_is_missing_is_noticed(at in 0_usize..1_000, bit in 0_u8..8) {
            let sealed = entry(r#""results":[1,2,3]"#).seal(&names("a")).unwrap();
            let at = at % sealed.len();
            let mut bent = sealed.clone();
            bent[at] ^= 1 << bit;
            prop_assert_eq!(Entry::unseal(bent, &names("a"), 10_000), None);
            prop_assert_eq!(Entry::unseal(sealed[..at].to_vec(), &names("a"), 10_000), None);
        }

        #[test]
        fn rubbish_is_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Entry::unseal(bytes, &names("a"), 10_000), None);
        }
    }
}
