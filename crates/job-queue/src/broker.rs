//! Where queues live: one Redis server, reached through one reconnecting connection.

use std::{fmt, time::Duration};

use redis::{
    Cmd, FromRedisValue, RedisError, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::timeout;

use crate::{QueueError, error::is_passing};

/// How a [`Broker`] talks to Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerOptions {
    /// How long one operation may take, connecting and retrying included, before it is [`QueueError::Unreachable`].
    pub patience: Duration,
    /// How long Redis may take to answer one command. apalis' own default of 500 ms kills workers at every hiccup.
    pub response_timeout: Duration,
}

impl Default for BrokerOptions {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), response_timeout: Duration::from_secs(5) }
    }
}

/// A Redis server that holds queues; cheap to clone.
#[derive(Clone)]
pub struct Broker {
    connection: ConnectionManager,
    options: BrokerOptions,
    address: String,
}

impl Broker {
    /// As [`Broker::with_options`] with the defaults.
    ///
    /// # Errors
    /// [`QueueError::InvalidUrl`].
    pub fn connect(url: &str) -> Result<Self, QueueError> {
        Self::with_options(url, BrokerOptions::default())
    }

    /// Prepares a connection to `redis://[user:password@]host:port/[db]`; it is opened at the first use, so that a daemon can start
    /// while Redis is away. Must be called inside a tokio runtime. Ask [`Broker::ping`] to learn whether Redis is there.
    ///
    /// # Errors
    /// [`QueueError::InvalidUrl`].
    pub fn with_options(url: &str, options: BrokerOptions) -> Result<Self, QueueError> {
        let client = redis::Client::open(url).map_err(|error| QueueError::InvalidUrl(error.category().to_owned()))?;
        let address = client.get_connection_info().addr().to_string();
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(options.response_timeout))
            .set_connection_timeout(Some(Duration::from_secs(5)))
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_secs(2))
            .set_number_of_retries(30);
        let connection = ConnectionManager::new_lazy_with_config(client, config)
            .map_err(|error| QueueError::InvalidUrl(error.category().to_owned()))?;
        Ok(Self { connection, options, address })
    }

    /// Asks Redis for a sign of life.
    ///
    /// # Errors
    /// [`QueueError::Unreachable`] after the patience of [`BrokerOptions`], [`QueueError::Refused`] for a wrong password.
    pub async fn ping(&self) -> Result<(), QueueError> {
        self.query(&redis::cmd("PING")).await
    }

    /// Host and port, without credentials, for messages.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    /// Runs one idempotent script, again after passing errors, until it succeeds or the patience is used up.
    pub(crate) async fn eval<R: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<R, QueueError> {
        self.eval_within(self.options.patience, script).await
    }

    pub(crate) async fn eval_within<R: FromRedisValue>(
        &self,
        patience: Duration,
        script: &ScriptInvocation<'_>,
    ) -> Result<R, QueueError> {
        let mut connection = self.connection();
        let mut retry = Retry::default();
        let attempts = async {
            loop {
                match script.invoke_async(&mut connection).await {
                    Ok(value) => return Ok(value),
                    Err(error) => retry.after(error).await?,
                }
            }
        };
        timeout(patience, attempts).await.unwrap_or_else(|_| Err(self.unreachable(patience, retry)))
    }

    /// Runs one idempotent command, likewise.
    pub(crate) async fn query<R: FromRedisValue>(&self, command: &Cmd) -> Result<R, QueueError> {
        let mut connection = self.connection();
        let mut retry = Retry::default();
        let attempts = async {
            loop {
                match command.query_async(&mut connection).await {
                    Ok(value) => return Ok(value),
                    Err(error) => retry.after(error).await?,
                }
            }
        };
        timeout(self.options.patience, attempts)
            .await
            .unwrap_or_else(|_| Err(self.unreachable(self.options.patience, retry)))
    }

    fn unreachable(&self, patience: Duration, retry: Retry) -> QueueError {
        let cause = retry.last.map(|error| format!(" ({error})")).unwrap_or_default();
        QueueError::Unreachable(format!("no answer from {} within {patience:?}{cause}", self.address))
    }
}

/// Which error to try again after, and when.
#[derive(Default)]
struct Retry {
    failures: u32,
    last: Option<RedisError>,
}

impl Retry {
    async fn after(&mut self, error: RedisError) -> Result<(), QueueError> {
        if !is_passing(&error) {
            return Err(QueueError::Refused(error.to_string()));
        }
        self.last = Some(error);
        self.failures += 1;
        tokio::time::sleep(Duration::from_millis(10 << self.failures.min(7))).await;
        Ok(())
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("address", &self.address).finish_non_exhaustive()
    }
}
