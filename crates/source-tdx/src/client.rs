//! The client: a pool of servers and a clock. The questions are in `endpoints`.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{
    ClientConfig, ServerHealth, TdxError,
    inquiry::{self, Inquiry},
    pool::Pool,
};

/// Tells the time. Production passes the system clock, tests a fixed one.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A pool of TDX servers. Share one instance (`Arc`, or a clone, which is the same pool): politeness is counted in it.
///
/// Ask for as many codes at a time as you like: each question waits for a free connection, so the pool spreads them over the
/// good servers and never asks one of them more often than [`ClientConfig::requests_per_second_per_server`].
#[derive(Clone)]
pub struct Client {
    pub(crate) pool: Arc<Pool>,
    pub(crate) config: Arc<ClientConfig>,
    clock: Clock,
}

impl Client {
    /// A client of the given servers. Connects to nobody before the first question, which probes them.
    pub fn new(config: ClientConfig, clock: Clock) -> Self {
        let pool = Pool::new(config.clone(), Arc::clone(&clock));
        Self { pool, config: Arc::new(config), clock }
    }

    /// Probes every server that is not in use with a question for real bars, waits for all of them, and says how they
    /// stand. Questions do this by themselves where it is needed.
    pub async fn probe(&self) -> Vec<ServerHealth> {
        self.pool.probe_all().await;
        self.health()
    }

    /// How the servers stand, in the order of the configuration. Asks nobody.
    pub fn health(&self) -> Vec<ServerHealth> {
        self.pool.health()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub(crate) async fn inquire<I: Inquiry>(&self, inquiry: &I) -> Result<I::Answer, TdxError> {
        inquiry::inquire(&self.pool, self.config.max_attempts, inquiry).await
    }

    pub(crate) fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.config).finish_non_exhaustive()
    }
}
