//! The listing in Redis.

use std::{fmt, sync::LazyLock, time::Duration};

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt as _};
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, Script,
    aio::{MultiplexedConnection, PubSub},
};
use tokio::time::timeout;

use crate::{Listing, ListingError};

/// HASH: `version`, `as_of` (RFC 3339), `listing` (the sealed JSON).
const KEY: &str = "access-tokens";
/// A message here says that the listing changed; it holds the version.
const CHANNEL: &str = "access-tokens:changed";

/// Keeps what is newer, and tells every follower.
/// ARGV: version, as_of, listing. Answers the version that is kept.
static PUBLISH: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local held = tonumber(redis.call('HGET', KEYS[1], 'version') or '-1') or -1
          if held > tonumber(ARGV[1]) then return held end
          redis.call('HSET', KEYS[1], 'version', ARGV[1], 'as_of', ARGV[2], 'listing', ARGV[3])
          redis.call('PUBLISH', KEYS[2], ARGV[1])
          return tonumber(ARGV[1])",
    )
});

/// Confirms a version. ARGV: version, as_of. Answers 1, or 0 where Redis holds another one or none.
static CONFIRM: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
          if redis.call('HEXISTS', KEYS[1], 'listing') == 0 then return 0 end
          redis.call('HSET', KEYS[1], 'as_of', ARGV[2])
          return 1",
    )
});

/// The Redis server through which the listing travels; cheap to clone. Every operation has its own short-lived
/// connection: they are seconds apart, and none can be left half dead by a network that went away.
#[derive(Clone)]
pub struct TokenStore {
    client: Client,
    patience: Duration,
}

/// Redis did not do what it was asked. No text holds its URL, which may carry a password.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL cannot be used; fix the configuration.
    #[error("the redis url cannot be used: {0}")]
    InvalidUrl(String),
    /// It did not answer; try again later.
    #[error("redis is unreachable: {0}")]
    Unreachable(String),
    /// It answered with an error that waiting does not cure.
    #[error("redis refused: {0}")]
    Refused(String),
    /// What it holds is no listing.
    #[error("the list of tokens in redis is not used: {0}")]
    Damaged(#[from] ListingError),
}

/// What Redis holds, compared with what is known here.
#[derive(Debug)]
pub(crate) enum Looked {
    /// Nothing.
    Empty,
    /// The version that was asked about.
    Unchanged {
        /// That version.
        version: u64,
        /// When the gateway last confirmed it.
        as_of: DateTime<Utc>,
    },
    /// Another version.
    Other(Listing),
}

impl TokenStore {
    /// Prepares `redis://[user:password@]host:port/[db]`; connects when it is asked for something.
    ///
    /// # Errors
    /// [`StoreError::InvalidUrl`].
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let client = Client::open(url).map_err(|error| StoreError::InvalidUrl(error.category().to_owned()))?;
        Ok(Self { client, patience: Duration::from_secs(2) })
    }

    /// Host and port, without credentials, for messages.
    pub fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    /// Puts `listing` there and tells every follower, unless a newer one is there. Answers the version that is there now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publish(&self, listing: &Listing) -> Result<u64, StoreError> {
        let (bytes, as_of) = (listing.to_bytes()?, listing.as_of.to_rfc3339());
        self.within(async {
            let mut connection = self.connect().await?;
            let mut script = PUBLISH.key(KEY);
            script.key(CHANNEL).arg(listing.version).arg(as_of).arg(bytes).invoke_async(&mut connection).await
        })
        .await
    }

    /// Says that `version` is still right. `false`: Redis holds another one, or forgot it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn confirm(&self, version: u64, as_of: DateTime<Utc>) -> Result<bool, StoreError> {
        self.within(async {
            let mut connection = self.connect().await?;
            CONFIRM.key(KEY).arg(version).arg(as_of.to_rfc3339()).invoke_async(&mut connection).await
        })
        .await
    }

    /// The listing that is there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fetch(&self) -> Result<Option<Listing>, StoreError> {
        match self.look(None).await? {
            Looked::Other(listing) => Ok(Some(listing)),
            Looked::Empty | Looked::Unchanged { .. } => Ok(None),
        }
    }

    /// What is there; the listing itself is only read when its version is not `known`.
    pub(crate) async fn look(&self, known: Option<u64>) -> Result<Looked, StoreError> {
        type Head = (Option<u64>, Option<String>);
        let mut connection = self.within(self.connect()).await?;
        let head = redis::cmd("HMGET").arg(KEY).arg("version").arg("as_of").to_owned();
        let (version, as_of): Head = self.within(head.query_async(&mut connection)).await?;
        let as_of = as_of.and_then(|text| DateTime::parse_from_rfc3339(&text).ok()).map(|time| time.to_utc());
        match (version, as_of) {
            (None, _) => return Ok(Looked::Empty),
            (Some(version), Some(as_of)) if Some(version) == known => return Ok(Looked::Unchanged { version, as_of }),
            _ => {}
        }
        let body = redis::cmd("HGET").arg(KEY).arg("listing").to_owned();
        let bytes: Option<Vec<u8>> = self.within(body.query_async(&mut connection)).await?;
        let Some(bytes) = bytes else { return Ok(Looked::Empty) };
        let mut listing = Listing::from_bytes(&bytes)?;
        // The sealed time is that of the change; later confirmations stand beside it.
        listing.as_of = as_of.map_or(listing.as_of, |as_of| as_of.max(listing.as_of));
        Ok(Looked::Other(listing))
    }

    /// A stream of changes, from now on. It ends with its connection.
    pub(crate) async fn subscribe(&self) -> Result<impl Stream<Item = ()> + Send + Unpin + use<>, StoreError> {
        let subscribed = async {
            let mut messages: PubSub = self.client.get_async_pubsub().await?;
            messages.subscribe(CHANNEL).await?;
            Ok(messages)
        };
        let messages = self.within(subscribed).await?;
        Ok(messages.into_on_message().map(|_| ()))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.patience))
            .set_response_timeout(Some(self.patience));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, RedisError>>) -> Result<T, StoreError> {
        match timeout(self.patience, work).await {
            Ok(done) => done.map_err(|error| self.explain(&error)),
            Err(_) => Err(self.unreachable(&format!("no answer within {:?}", self.patience))),
        }
    }

    fn explain(&self, error: &RedisError) -> StoreError {
        use redis::ServerErrorKind as Server;
        match error.kind() {
            ErrorKind::Io | ErrorKind::Server(Server::BusyLoading | Server::TryAgain | Server::MasterDown) => {
                self.unreachable(&error.to_string())
            }
            _ => StoreError::Refused(error.to_string()),
        }
    }

    fn unreachable(&self, why: &str) -> StoreError {
        StoreError::Unreachable(format!("{} ({why})", self.address()))
    }
}

impl fmt::Debug for TokenStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenStore").field("address", &self.address()).finish_non_exhaustive()
    }
}
