//! What every daemon but the gateway runs: from Redis into the directory and the file.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;

use crate::{Directory, LastKnownGood, Now, Replaced, TokenStore, store::Looked};

const POLL: Duration = Duration::from_secs(10);
/// The file says how old its listing is; while nothing changes it is brought up to date this often.
const REFRESH_FILE_EVERY: TimeDelta = TimeDelta::minutes(10);

/// Keeps a [`Directory`] as the gateway has it.
///
/// It looks every ten seconds, and at once when Redis says that something changed. While Redis is away, empty or damaged
/// the directory stays as it is; `access_tokens_age_seconds` tells how long.
pub struct Follower {
    directory: Arc<Directory>,
    store: TokenStore,
    file: LastKnownGood,
    now: Now,
    poll: Duration,
    /// What the file holds.
    kept: Option<(u64, DateTime<Utc>)>,
    /// What was last said about Redis, so that it is said once.
    trouble: Option<String>,
}

impl Follower {
    /// Fills `directory` from `file`, so that callers of before a restart are let in from the first request on. A file that
    /// is damaged or unreadable is reported and not used.
    pub fn new(directory: Arc<Directory>, store: TokenStore, file: LastKnownGood, now: Now) -> Self {
        metrics::describe_gauge!("access_tokens_age_seconds", "How long ago the gateway confirmed the known tokens");
        metrics::describe_gauge!("access_tokens_known", "Tokens that may let a caller in");
        let mut follower = Self { directory, store, file, now, poll: POLL, kept: None, trouble: None };
        follower.start_from_file();
        follower
    }

    /// How often it looks where no message arrives. Default ten seconds.
    #[must_use]
    pub fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Follows until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        shutdown.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&mut self) {
        let (mut messages, mut woken) = (None, Woken::Ended);
        loop {
            // Before the look: what changes between the two is a message.
            if messages.is_none() {
                messages = self.store.subscribe().await.ok();
            }
            let is_news = self.look().await;
            self.measure();
            if is_news && woken == Woken::Poll {
                // No message told of it: the subscription's connection is dead, and nothing else would ever say so.
                messages = self.store.subscribe().await.ok();
            }
            woken = wait(messages.as_mut(), self.poll).await;
            if woken == Woken::Ended {
                messages = None;
            }
        }
    }

    /// Whether there was something new.
    async fn look(&mut self) -> bool {
        let mut is_news = false;
        match self.store.look(self.directory.version()).await {
            Ok(Looked::Unchanged { version, as_of }) => {
                self.directory.confirm(version, as_of);
                self.settled();
            }
            Ok(Looked::Other(listing)) => match self.directory.replace(&listing) {
                Replaced::Yes => {
                    let (version, known) = (listing.version, listing.tokens.len());
                    tracing::info!(tokens.version = version, tokens.known = known, "{known} tokens, version {version}");
                    self.settled();
                    is_news = true;
                }
                Replaced::Same => self.settled(),
                Replaced::Older { held } => {
                    self.complain(format!("redis holds version {}, older than {held}", listing.version));
                }
            },
            Ok(Looked::Empty) => self.complain("redis holds no list of tokens".to_owned()),
            Err(error) => self.complain(error.to_string()),
        }
        self.keep().await;
        is_news
    }

    /// Brings the file up to date. What fails is tried again at the next look.
    async fn keep(&mut self) {
        let Some(listing) = self.directory.listing() else { return };
        let is_current = |(version, as_of)| version == listing.version && listing.as_of - as_of < REFRESH_FILE_EVERY;
        if self.kept.is_some_and(is_current) {
            return;
        }
        let (kept, file) = ((listing.version, listing.as_of), self.file.clone());
        match tokio::task::spawn_blocking(move || file.save(&listing)).await {
            Ok(Ok(())) => self.kept = Some(kept),
            Ok(Err(error)) => tracing::error!("a restart without redis would not know the latest tokens: {error}"),
            Err(error) => tracing::error!("keep the known tokens: {error}"),
        }
    }

    fn start_from_file(&mut self) {
        let listing = match self.file.load() {
            Ok(Some(listing)) => listing,
            Ok(None) => return,
            Err(error) => return tracing::error!("start without the last known tokens: {error}"),
        };
        self.directory.replace(&listing);
        self.kept = Some((listing.version, listing.as_of));
        self.measure();
        let (known, as_of) = (listing.tokens.len(), listing.as_of);
        tracing::info!(
            tokens.version = listing.version,
            tokens.known = known,
            "start with {known} tokens as of {as_of}"
        );
    }

    fn complain(&mut self, trouble: String) {
        // A cause that changes its words (a port, a time) is still the same trouble: once until it is over.
        if self.trouble.is_none() {
            match self.directory.age((self.now)()) {
                Some(age) => tracing::warn!(
                    tokens.age_s = age.num_seconds(),
                    "tokens are not followed, those of {} s ago stay: {trouble}",
                    age.num_seconds()
                ),
                // An installation without a gateway looks the same.
                None => tracing::info!("no access token is known, and none can be followed yet: {trouble}"),
            }
        }
        self.trouble = Some(trouble);
    }

    fn settled(&mut self) {
        if let Some(trouble) = self.trouble.take() {
            tracing::info!("tokens are followed again; it was: {trouble}");
        }
    }

    fn measure(&self) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
        if let Some(age) = self.directory.age((self.now)()) {
            metrics::gauge!("access_tokens_age_seconds").set(age.num_milliseconds() as f64 / 1000.0);
            metrics::gauge!("access_tokens_known").set(self.directory.len() as f64);
        }
    }
}

/// Why it is time to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Woken {
    /// Redis says that something changed.
    Message,
    /// The poll has passed.
    Poll,
    /// It has, and there is no subscription any more.
    Ended,
}

/// Waits for a message or the poll.
async fn wait(messages: Option<&mut (impl Stream<Item = ()> + Unpin)>, poll: Duration) -> Woken {
    let waited = tokio::time::sleep(poll);
    let Some(messages) = messages else {
        waited.await;
        return Woken::Ended;
    };
    tokio::pin!(waited);
    tokio::select! {
        () = &mut waited => Woken::Poll,
        message = messages.next() => match message {
            Some(()) => Woken::Message,
            // Not at once again: a server that drops every subscription must not be asked in a circle.
            None => {
                waited.await;
                Woken::Ended
            }
        }
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, store, file, poll, .. } = self;
        out.debug_struct("Follower")
            .field("directory", directory)
            .field("store", store)
            .field("file", file)
            .field("poll", poll)
            .finish_non_exhaustive()
    }
}
