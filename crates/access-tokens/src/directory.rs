//! Who is let in: read by every request, replaced as a whole.

use std::{
    cmp::Ordering,
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{Digest, Grant, Listing};

/// Longer texts are no token: they are not even hashed.
const PRESENTED_MAX_BYTES: usize = 512;

/// The tokens that are known here. Lookups take no lock; an empty directory lets nobody in.
pub struct Directory {
    table: ArcSwap<Table>,
    /// When the gateway last confirmed the table; `None` before the first listing. Held while the table is replaced.
    as_of: Mutex<Option<DateTime<Utc>>>,
}

struct Table {
    grants: HashMap<ByHead, Arc<Grant>, BuildHasherDefault<Head>>,
    version: u64,
}

/// Why a caller is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No such token, or it was revoked.
    #[error("the token is not valid")]
    Unknown,
    /// It was valid until then.
    #[error("the token {name:?} expired at {at}")]
    Expired {
        /// Its name.
        name: Arc<str>,
        /// The first moment at which it was not valid.
        at: DateTime<Utc>,
    },
}

/// What became of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is in use.
    Yes,
    /// It is the one in use, confirmed as of now.
    Same,
    /// It is older than the one in use, which stays.
    Older {
        /// The version in use.
        held: u64,
    },
}

impl Directory {
    /// Knows nobody.
    pub fn new() -> Self {
        let table = Table { grants: HashMap::default(), version: 0 };
        Self { table: ArcSwap::from_pointee(table), as_of: Mutex::new(None) }
    }

    /// Who presents this token, in whatever form it arrived (without `Bearer `).
    ///
    /// The time of an answer depends on the digest of what was presented, never on how much of a token was guessed.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn authenticate(&self, presented: &[u8], now: DateTime<Utc>) -> Result<Arc<Grant>, Denied> {
        if presented.is_empty() || presented.len() > PRESENTED_MAX_BYTES {
            return Err(Denied::Unknown);
        }
        self.find(&Digest::of(presented), now)
    }

    /// Whose token has this digest.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn find(&self, digest: &Digest, now: DateTime<Utc>) -> Result<Arc<Grant>, Denied> {
        let table = self.table.load();
        let grant = table.grants.get(&ByHead(*digest)).ok_or(Denied::Unknown)?;
        match grant.expires_at {
            Some(at) if now >= at => Err(Denied::Expired { name: grant.name.clone(), at }),
            _ => Ok(grant.clone()),
        }
    }

    /// Puts `listing` in use, unless a newer one is. The same version again only confirms what is known.
    pub fn replace(&self, listing: &Listing) -> Replaced {
        let mut as_of = self.as_of();
        let held = self.table.load().version;
        let order = if as_of.is_none() { Ordering::Greater } else { listing.version.cmp(&held) };
        match order {
            Ordering::Less => return Replaced::Older { held },
            Ordering::Equal => *as_of = (*as_of).max(Some(listing.as_of)),
            Ordering::Greater => {
                *as_of = Some(listing.as_of);
                self.table.store(Arc::new(Table::of(listing)));
            }
        }
        if order == Ordering::Equal { Replaced::Same } else { Replaced::Yes }
    }

    /// Notes that the gateway confirmed `version` at `as_of`. Does nothing when another version is in use.
    pub fn confirm(&self, version: u64, confirmed_at: DateTime<Utc>) {
        let mut as_of = self.as_of();
        if as_of.is_some() && self.table.load().version == version {
            *as_of = (*as_of).max(Some(confirmed_at));
        }
    }

    /// The version in use, `None` before the first.
    pub fn version(&self) -> Option<u64> {
        let as_of = self.as_of();
        as_of.map(|_| self.table.load().version)
    }

    /// How long ago the gateway confirmed what is known here; `None` before the first listing.
    pub fn age(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.as_of().map(|as_of| (now - as_of).max(TimeDelta::zero()))
    }

    /// All that is known, `None` before the first listing.
    pub fn listing(&self) -> Option<Listing> {
        let as_of = self.as_of();
        let table = self.table.load();
        as_of.map(|as_of| Listing { version: table.version, as_of, tokens: table.grants.values().cloned().collect() })
    }

    fn as_of(&self) -> MutexGuard<'_, Option<DateTime<Utc>>> {
        self.as_of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many tokens are known.
    pub fn len(&self) -> usize {
        self.table.load().grants.len()
    }

    /// Whether nobody is let in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table.load();
        out.debug_struct("Directory").field("version", &table.version).field("tokens", &table.grants.len()).finish()
    }
}

impl Table {
    fn of(listing: &Listing) -> Self {
        let grants = listing.tokens.iter().map(|grant| (ByHead(grant.digest), grant.clone())).collect();
        Self { grants, version: listing.version }
    }
}

/// A digest that is hashed by its head: digests are uniform already, and nobody can choose one.
#[derive(PartialEq, Eq)]
struct ByHead(Digest);

impl Hash for ByHead {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.head());
    }
}

/// Passes the head on.
#[derive(Default)]
struct Head(u64);

impl Hasher for Head {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, head: u64) {
        self.0 = head;
    }
}

#[cfg(test)]
mod tests;
