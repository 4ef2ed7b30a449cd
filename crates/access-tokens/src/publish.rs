//! What the gateway runs: from its books into its own directory and into Redis.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Directory, Grant, Listing, Now, StoreError, TokenStore};

const CONFIRM_EVERY: Duration = Duration::from_secs(10);
/// So many times it only says that nothing changed; then all of it is published again, in case Redis holds it damaged.
const CONFIRMATIONS: u32 = 30;

/// Hands the gateway's tokens to everybody else.
///
/// The version of a listing is the time of the change in milliseconds, or one more than the latest where that is greater:
/// it grows although books may be restored from a backup, Redis emptied, and the clock set back. The gateway is the only
/// publisher; where Redis holds a newer listing than its own, the gateway's becomes the newest.
pub struct Publisher {
    directory: Arc<Directory>,
    now: Now,
    listing: Mutex<Option<Listing>>,
    changed: Notify,
    confirm_every: Duration,
}

impl Publisher {
    /// For a gateway whose callers are in `directory`.
    pub fn new(directory: Arc<Directory>, now: Now) -> Self {
        metrics::describe_gauge!("access_tokens_known", "Tokens that may let a caller in");
        metrics::describe_gauge!("access_tokens_published", "1 where the other daemons were told of the latest tokens");
        Self { directory, now, listing: Mutex::new(None), changed: Notify::new(), confirm_every: CONFIRM_EVERY }
    }

    /// How often it says that nothing has changed. Default ten seconds.
    #[must_use]
    pub fn confirm_every(mut self, period: Duration) -> Self {
        self.confirm_every = period;
        self
    }

    /// Makes `tokens` all that are valid: here at once, elsewhere as soon as Redis can be reached.
    pub fn set(&self, tokens: Vec<Arc<Grant>>) {
        let mut held = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.now)();
        let mut listing = Listing { version: 0, as_of: now, tokens };
        if held.as_ref().is_some_and(|held| held.says_the_same(&listing)) {
            return;
        }
        listing.version = after(held.as_ref().map_or(0, |held| held.version), now.timestamp_millis());
        self.directory.replace(&listing);
        *held = Some(listing);
        drop(held);
        self.changed.notify_one();
    }

    /// Publishes until `shutdown`: what changed at once, and every ten seconds that it is still so. What Redis lost is there
    /// again with the next confirmation.
    pub async fn run(&self, store: &TokenStore, shutdown: CancellationToken) {
        shutdown.run_until_cancelled(self.publish(store)).await;
    }

    async fn publish(&self, store: &TokenStore) {
        let (mut published, mut is_in_trouble, mut looks) = (None, false, 0_u32);
        loop {
            looks = looks.wrapping_add(1);
            let known = published.filter(|_| !looks.is_multiple_of(CONFIRMATIONS));
            match self.once(store, known).await {
                Ok(version) => {
                    if std::mem::take(&mut is_in_trouble) {
                        tracing::info!("tokens are published again");
                    }
                    if let Some(version) = version.filter(|_| version != published) {
                        let known = self.directory.len();
                        tracing::info!(tokens.version = version, tokens.known = known, "published version {version}");
                    }
                    published = version;
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_in_trouble, true) {
                        tracing::warn!("tokens are not published, other daemons keep those that they know: {error}");
                    }
                }
            }
            let is_told = !is_in_trouble && published == self.current().map(|listing| listing.version);
            metrics::gauge!("access_tokens_published").set(f64::from(u8::from(is_told)));
            #[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
            metrics::gauge!("access_tokens_known").set(self.directory.len() as f64);
            // Either way the next look tells; a change wakes it.
            let _ = tokio::time::timeout(self.confirm_every, self.changed.notified()).await;
        }
    }

    /// Publishes the listing, or confirms it where Redis should have it. Answers the version that is there.
    async fn once(&self, store: &TokenStore, published: Option<u64>) -> Result<Option<u64>, StoreError> {
        let Some(mut listing) = self.current() else { return Ok(None) };
        listing.as_of = (self.now)();
        self.directory.confirm(listing.version, listing.as_of);
        if published == Some(listing.version) && store.confirm(listing.version, listing.as_of).await? {
            return Ok(published);
        }
        let held = store.publish(&listing).await?;
        if held <= listing.version {
            return Ok(Some(listing.version));
        }
        // The clock was set back, or somebody else publishes to the same Redis.
        tracing::warn!(
            tokens.version = held,
            "redis holds newer tokens, version {held}: ours count (another gateway publishes there, or the clock went back)"
        );
        self.raise(held);
        Ok(None)
    }

    /// Makes our listing newer than `held`.
    fn raise(&self, held: u64) {
        let mut listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = listing.as_mut() {
            listing.version = after(listing.version.max(held), listing.as_of.timestamp_millis());
            self.directory.replace(listing);
        }
        drop(listing);
        self.changed.notify_one();
    }

    fn current(&self) -> Option<Listing> {
        self.listing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The next version: the time, or one more than the latest.
fn after(latest: u64, now_ms: i64) -> u64 {
    u64::try_from(now_ms).unwrap_or(0).max(latest.saturating_add(1))
}

impl fmt::Debug for Publisher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Publisher").field("directory", &self.directory).finish_non_exhaustive()
    }
}
