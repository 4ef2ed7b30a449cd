//! A connection in a caller's hands.

use std::sync::Arc;

use tokio::time::{Duration, Instant, sleep_until};

use super::{Answer, Fault, Pool, connection::Connection, probe};
use crate::wire::Request;

/// The right to ask one server, one question at a time. Dropped, it gives the connection back if that is in step; a future
/// that is dropped in the middle of a question takes its connection with it.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    server: usize,
    connection: Option<Connection>,
    /// How long the last answer took.
    took: Duration,
}

impl Lease {
    /// The pool has counted it already.
    pub(super) fn new(pool: Arc<Pool>, server: usize) -> Self {
        let connection = pool.update(server, |server, config, now| server.take_idle(config, now));
        Self { pool, server, connection, took: Duration::ZERO }
    }

    /// Its index.
    pub(crate) fn server(&self) -> usize {
        self.server
    }

    /// Its `host:port`.
    pub(crate) fn address(&self) -> &str {
        // Addresses never change, so the configuration's are as good as the locked ones.
        self.pool.config.servers.get(self.server).map_or("", String::as_str)
    }

    /// Puts one question, when its turn has come. A connection that the server closed while it was idle is opened anew.
    pub(crate) async fn ask(&mut self, request: &Request) -> Result<Answer, Fault> {
        let turn = self
            .pool
            .update(self.server, |server, config, now| server.take_turn(config.requests_per_second_per_server, now));
        // A timer waits for the next millisecond even where nothing is to wait for.
        if turn > Instant::now() {
            sleep_until(turn).await;
        }
        let asked = Instant::now();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let answer = match connection.ask(request.clone()).await {
            Err(Fault::Stale) => {
                connection = self.connect().await?;
                connection.ask(request.clone()).await?
            }
            other => other?,
        };
        self.connection = Some(connection);
        self.took = asked.elapsed();
        Ok(answer)
    }

    /// The last answer could be read: past failures are forgiven.
    pub(crate) fn praise(&self) {
        self.pool.update(self.server, |server, _, _| server.answered(self.took));
    }

    /// Asks for real bars, as the probe does. A server that has nothing of one code is believed only while it has something
    /// of another.
    pub(crate) async fn prove(&mut self) -> Result<(), Fault> {
        let pool = Arc::clone(&self.pool);
        let answer = self.ask(&probe::question(&pool.config)?).await?;
        probe::verdict(&answer, &pool).map(drop)
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        Connection::open(self.address(), &self.pool.config).await
    }

    /// The answer cannot be trusted, although it came: the connection goes, and the server is doubted.
    pub(crate) fn blame(mut self, fault: &Fault) {
        self.connection = None;
        self.pool.blame(self.server, fault);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let connection = self.connection.take();
        self.pool.update(self.server, |server, _, _| {
            server.leased = server.leased.saturating_sub(1);
            server.idle.extend(connection);
        });
    }
}
