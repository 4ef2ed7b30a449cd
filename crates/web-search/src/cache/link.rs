//! The connection to Redis. No search ever waits for one to be made, and none waits longer than a moment for an answer.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, aio::MultiplexedConnection};
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use crate::{OptionsError, measure};

/// How long a connection may take to be made; nobody waits for that.
const CONNECT: Duration = Duration::from_secs(2);
/// After so many late answers one after the other it is asked whether Redis is alive.
const LATE_MOST: u32 = 3;
/// Between two attempts to connect.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Redis cannot be asked now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unavailable;

/// One connection that all searches share. When it fails it is thrown away, when several answers do not come in time it is
/// doubted: from then on every search knows at once that there is no Redis, until a task behind the scenes has an answer, or
/// a new connection that answers.
pub(super) struct Link(Arc<Inner>);

struct Inner {
    client: Client,
    patience: Duration,
    state: Mutex<State>,
    /// Whether the very first attempt is over, or was waited for in vain. Until then searches wait for it, with patience.
    tried: watch::Sender<bool>,
    /// Answers that did not come in time, one after the other.
    late: AtomicU32,
    last_answer: Mutex<Instant>,
}

enum State {
    /// Nobody needed it yet.
    Idle,
    Connecting,
    /// The number tells connections apart.
    Up(MultiplexedConnection, u64),
    /// Several answers were late. Somebody asks whether it is alive, and nobody else waits for it in the meantime.
    Doubtful,
}

impl Link {
    pub(super) fn new(url: &str, patience: Duration) -> Result<Self, OptionsError> {
        let client = Client::open(url);
        let client = client.map_err(|error| OptionsError::InvalidRedisUrl(error.category().to_owned()))?;
        measure::cache_up(false);
        let state = Mutex::new(State::Idle);
        let (tried, late, last_answer) = (watch::channel(false).0, AtomicU32::new(0), Mutex::new(Instant::now()));
        Ok(Self(Arc::new(Inner { client, patience, state, tried, late, last_answer })))
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.run(redis::cmd("GET").arg(key)).await
    }

    pub(super) async fn set(&self, key: &str, value: Vec<u8>, keep_for: Duration) -> Result<(), Unavailable> {
        self.run(redis::cmd("SET").arg(key).arg(value).arg("PX").arg(keep_for.as_millis().max(1) as u64)).await
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(*lock(&self.0.state), State::Up(..) | State::Doubtful)
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Unavailable> {
        let inner = &self.0;
        let (mut connection, number) = inner.connection().await.ok_or(Unavailable)?;
        match inner.with_patience(command.query_async(&mut connection)).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) if is_an_answer(&error) => {
                // Out of memory, read only: the connection is in order, Redis is not.
                tracing::debug!("redis refuses: {}", error.category());
                Err(Unavailable)
            }
            Some(Err(error)) => {
                inner.drop_connection(number, error.category());
                Err(Unavailable)
            }
            None => {
                if inner.late.fetch_add(1, Ordering::Relaxed) + 1 >= LATE_MOST {
                    inner.doubt(connection, number);
                }
                Err(Unavailable)
            }
        }
    }
}

/// Whether Redis itself said so, over a connection that is in order.
fn is_an_answer(error: &RedisError) -> bool {
    use redis::{ErrorKind, ServerErrorKind as Server};
    match error.kind() {
        ErrorKind::Server(Server::BusyLoading | Server::MasterDown) => false,
        ErrorKind::Server(_) | ErrorKind::UnexpectedReturnType => true,
        _ => error.code().is_some(),
    }
}

impl Inner {
    /// Waits as long as answers come at all: a burst of searches makes each of them late, and Redis no worse. `None` after a
    /// silence of the patience, or ten times the patience.
    async fn with_patience<T>(
        &self,
        work: impl Future<Output = Result<T, RedisError>>,
    ) -> Option<Result<T, RedisError>> {
        let begun = Instant::now();
        let most = begun + self.patience * 10;
        tokio::pin!(work);
        loop {
            let silent_since = begun.max(*lock(&self.last_answer));
            let until = (silent_since + self.patience).min(most);
            if Instant::now() >= until {
                return None;
            }
            if let Ok(done) = timeout_at(until, &mut work).await {
                if done.is_ok() {
                    *lock(&self.last_answer) = Instant::now();
                    self.late.store(0, Ordering::Relaxed);
                }
                return Some(done);
            }
        }
    }

    /// The connection, if there is one. The first searches of all wait a moment for the first attempt.
    async fn connection(self: &Arc<Self>) -> Option<(MultiplexedConnection, u64)> {
        match self.current() {
            Some(connection) => return Some(connection),
            None if *self.tried.borrow() => return None,
            None => {}
        }
        if timeout(self.patience, self.tried.subscribe().wait_for(|tried| *tried)).await.is_err() {
            self.tried.send_replace(true);
        }
        self.current()
    }

    fn current(self: &Arc<Self>) -> Option<(MultiplexedConnection, u64)> {
        let mut state = lock(&self.state);
        match &*state {
            State::Up(connection, number) => Some((connection.clone(), *number)),
            State::Connecting | State::Doubtful => None,
            State::Idle => {
                *state = State::Connecting;
                tokio::spawn(connect(Arc::downgrade(self), 0));
                None
            }
        }
    }

    fn drop_connection(self: &Arc<Self>, number: u64, why: &str) {
        let mut state = lock(&self.state);
        // Another search may have been here first.
        if matches!(&*state, State::Up(_, current) if *current == number) {
            self.connect_anew(&mut state, number, why);
        }
    }

    fn connect_anew(self: &Arc<Self>, state: &mut State, number: u64, why: &str) {
        *state = State::Connecting;
        tokio::spawn(connect(Arc::downgrade(self), number + 1));
        measure::cache_up(false);
        tracing::warn!("searches go without the cache: {why}");
    }

    /// Late answers may be the fault of a machine that is busy, ours or its own; only silence to a plain question is a Redis
    /// that hangs.
    fn doubt(self: &Arc<Self>, mut connection: MultiplexedConnection, number: u64) {
        let mut state = lock(&self.state);
        if !matches!(&*state, State::Up(_, current) if *current == number) {
            return;
        }
        *state = State::Doubtful;
        drop(state);
        let link = Arc::downgrade(self);
        tokio::spawn(async move {
            let is_alive = matches!(timeout(CONNECT, ping(&mut connection)).await, Ok(Ok(())));
            let Some(link) = link.upgrade() else { return };
            let mut state = lock(&link.state);
            if is_alive {
                link.late.store(0, Ordering::Relaxed);
                *state = State::Up(connection, number);
            } else {
                link.connect_anew(&mut state, number, "no answer in time");
            }
        });
    }

    async fn attempt(&self) -> Result<MultiplexedConnection, String> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(CONNECT));
        let work = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            // A server that is loading its data, or hangs, takes connections as well. One that refuses to write is no cache
            // either, but may be again at any time.
            ping(&mut connection).await?;
            Ok(connection)
        };
        match timeout(CONNECT, work).await {
            Ok(connected) => connected.map_err(|error: RedisError| error.category().to_owned()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn ping(connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
    redis::cmd("PING").query_async(connection).await
}

/// Connects, however long that takes. It ends with the link.
async fn connect(inner: Weak<Inner>, number: u64) {
    let (mut wait, mut is_first) = (FIRST_WAIT, true);
    loop {
        let Some(link) = inner.upgrade() else { return };
        let attempt = link.attempt().await;
        match attempt {
            Ok(connection) => {
                link.late.store(0, Ordering::Relaxed);
                *lock(&link.state) = State::Up(connection, number);
                measure::cache_up(true);
                link.tried.send_replace(true);
                tracing::info!("searches are cached");
                return;
            }
            Err(why) => {
                if is_first {
                    tracing::warn!("searches cannot be cached yet: {why}");
                    is_first = false;
                }
                link.tried.send_replace(true);
            }
        }
        drop(link);
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
