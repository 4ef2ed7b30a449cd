//! Answers in Redis: named by a keyed hash, compressed, sealed.

mod entry;
mod link;
mod names;
mod seal;

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
pub(crate) use entry::Entry;
use link::{Link, Unavailable};
use names::Namer;
pub(crate) use names::Names;

use crate::{CacheOptions, Engines, FreshFor, OptionsError, SearchOptions, TimeRange, answer::Answer, measure};

/// A clock is not trusted further than this: what claims to be of later than now is old.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// The cache.
pub(crate) struct Cache {
    link: Link,
    namer: Namer,
    fresh_for: FreshFor,
    stale_for: Duration,
    /// Answers that are longer than SearXNG's may be are none of ours.
    max_bytes: usize,
}

/// An answer that was kept.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) fields: Bytes,
    pub(crate) engines: Engines,
    pub(crate) as_of: DateTime<Utc>,
    /// Whether it is as good as new.
    pub(crate) is_fresh: bool,
}

impl Cache {
    pub(crate) fn new(options: &SearchOptions, cache: &CacheOptions) -> Result<Self, OptionsError> {
        Ok(Self {
            link: Link::new(&cache.redis, cache.patience)?,
            namer: Namer::new(&cache.key),
            fresh_for: options.fresh_for,
            stale_for: options.stale_for,
            max_bytes: options.max_body_bytes,
        })
    }

    /// The names of a search that is spelt like this.
    pub(crate) fn names(&self, canonical: &str) -> Names {
        self.namer.names(canonical)
    }

    /// What is kept and may be used at this time, be it as stale. Without Redis there is nothing.
    pub(crate) async fn get(&self, names: &Names, range: Option<TimeRange>, now: DateTime<Utc>) -> Option<Kept> {
        let sealed = match self.link.get(names.key()).await {
            Ok(Some(sealed)) => sealed,
            Ok(None) => return None,
            Err(Unavailable) => {
                measure::cache_error();
                return None;
            }
        };
        let Some(entry) = Entry::unseal(sealed, names, self.max_bytes) else {
            // Somebody else's, damaged, or of another version of this program. It will be overwritten.
            measure::cache_error();
            return None;
        };
        let age = now - entry.as_of;
        let fresh_for = self.fresh_for(range, entry.is_incomplete);
        let is_within = |most: Duration| age >= -SKEW && age.to_std().unwrap_or_default() < most;
        if !is_within(fresh_for + self.stale_for) && age >= -SKEW {
            return None;
        }
        let Entry { fields, engines, as_of, .. } = entry;
        Some(Kept { fields, engines, as_of, is_fresh: is_within(fresh_for) })
    }

    /// Keeps an answer. Without Redis nothing happens.
    pub(crate) async fn put(&self, names: &Names, range: Option<TimeRange>, answer: &Answer, now: DateTime<Utc>) {
        let is_incomplete = answer.is_incomplete();
        let keep_for = self.fresh_for(range, is_incomplete) + self.stale_for;
        let entry = Entry { fields: answer.fields.clone(), engines: answer.engines.clone(), as_of: now, is_incomplete };
        let Some(sealed) = entry.seal(names) else { return };
        if self.link.set(names.key(), sealed, keep_for).await.is_err() {
            measure::cache_error();
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.link.is_up()
    }

    fn fresh_for(&self, range: Option<TimeRange>, is_incomplete: bool) -> Duration {
        let whole = self.fresh_for.of(range);
        if is_incomplete { whole.min(self.fresh_for.incomplete) } else { whole }
    }
}
