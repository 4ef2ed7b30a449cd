//! A private Redis, quick timings, and waiting on conditions.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use job_queue::{
    Backoff, Broker, BrokerOptions, Health, JobContext, JobDetail, JobError, JobState, Push, Pushed, Queue,
    WorkerOptions, Workers, WorkersOptions, private_redis::RedisServer,
};
use serde::{Deserialize, Serialize};
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

/// What the test handler is to do.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Act {
    Succeed,
    FailTimes {
        times: u32,
    },
    Fatal,
    Panic,
    Hang,
    /// Blocks until the gate of the harness opens.
    Gate,
    /// Likewise, and then fails every time.
    GateThenFail,
    Abort,
}

pub(crate) struct Harness {
    pub(crate) redis: RedisServer,
    pub(crate) broker: Broker,
    pub(crate) queue: Queue<Act>,
    /// Id and attempt of every start of a handler in this process.
    pub(crate) starts: Arc<Mutex<Vec<(String, u32)>>>,
    pub(crate) gate: tokio::sync::watch::Sender<bool>,
    /// What the latest handler would hear a shutdown from.
    pub(crate) shutdown: Arc<Mutex<CancellationToken>>,
}

pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    pub(crate) health: Health,
}

pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// Two heartbeats of [`quick`] and the time to answer them.
pub(crate) const LATE: Duration = Duration::from_secs(1);

pub(crate) fn quick() -> WorkersOptions {
    WorkersOptions {
        poll: Duration::from_millis(10),
        promote: Duration::from_millis(10),
        heartbeat: Duration::from_millis(400),
        missed_heartbeats: 5,
        grace: Duration::from_secs(10),
        settle_patience: Duration::from_secs(30),
        ..WorkersOptions::default()
    }
}

pub(crate) fn options() -> WorkerOptions {
    WorkerOptions {
        concurrency: 4,
        timeout: Duration::from_secs(20),
        max_attempts: 3,
        max_crashes: 2,
        backoff: Backoff { base: Duration::from_millis(20), max: Duration::from_millis(100), jitter: 0.2 },
    }
}

impl Harness {
    pub(crate) async fn start() -> Self {
        let redis = RedisServer::start().await.unwrap();
        let broker = Self::broker(&redis, Duration::from_secs(10));
        let queue = Queue::new(&broker, "faults").unwrap();
        let gate = tokio::sync::watch::channel(false).0;
        Self { redis, broker, queue, starts: Arc::default(), gate, shutdown: Arc::default() }
    }

    /// The same Redis for somebody more or less patient.
    pub(crate) fn broker(redis: &RedisServer, patience: Duration) -> Broker {
        Broker::with_options(&redis.url(), BrokerOptions { patience, ..BrokerOptions::default() }).unwrap()
    }

    pub(crate) async fn push(&self, id: &str, act: Act) -> Pushed {
        self.queue.push(Push::id(id), &act).await.unwrap()
    }

    pub(crate) fn work(&self) -> Running {
        self.work_with(quick(), options())
    }

    pub(crate) fn work_with(&self, timings: WorkersOptions, options: WorkerOptions) -> Running {
        let mut workers = Workers::with_options(timings);
        let (starts, gate, shutdown) = (self.starts.clone(), self.gate.clone(), self.shutdown.clone());
        workers.mount(&self.queue, options, move |act: Act, context: JobContext| {
            starts.lock().unwrap().push((context.id.clone(), context.attempt));
            *shutdown.lock().unwrap() = context.shutdown.clone();
            act.run(context, gate.subscribe())
        });
        let health = workers.health();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(workers.run(async move {
            let _ = stopped.await;
        }));
        Running { stop: Some(stop), task, health }
    }

    pub(crate) fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    pub(crate) fn starts_of(&self, id: &str) -> Vec<u32> {
        self.starts.lock().unwrap().iter().filter(|(job, _)| job == id).map(|(_, attempt)| *attempt).collect()
    }

    pub(crate) async fn reaches(&self, id: &str, state: JobState) -> JobDetail {
        let mut last = String::new();
        eventually(async || match self.queue.show(id).await {
            Ok(job) if job.summary.state == state => Some(job),
            other => {
                last = format!("{other:?}");
                None
            }
        })
        .await
        .unwrap_or_else(|| panic!("{id} never became {state}: {last}"))
    }

    /// Waits until everything that Redis has answered is in its file, so that not even a kill makes it forget any of it: while the
    /// file is synced to a slow disk, Redis answers first and writes up to two seconds later.
    pub(crate) async fn written_down(&self) {
        until("redis has written everything down", async || {
            let info: String = self.redis(&["INFO", "persistence"]).await;
            info.contains("aof_buffer_length:0\r\n")
        })
        .await;
    }

    /// A plain command, as an operator would type it into redis-cli.
    pub(crate) async fn redis<R: redis::FromRedisValue>(&self, command: &[&str]) -> R {
        let mut connection = self.connection().await;
        let (name, arguments) = command.split_first().unwrap();
        redis::cmd(name).arg(arguments).query_async(&mut connection).await.unwrap()
    }

    pub(crate) async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let config =
            redis::AsyncConnectionConfig::new().set_connection_timeout(Some(BOUND)).set_response_timeout(Some(BOUND)); // half a second otherwise, which ten thousand jobs may take
        let client = redis::Client::open(self.redis.url()).unwrap();
        client.get_multiplexed_async_connection_with_config(&config).await.unwrap()
    }
}

impl Act {
    pub(crate) async fn run(
        self,
        context: JobContext,
        mut gate: tokio::sync::watch::Receiver<bool>,
    ) -> Result<String, JobError> {
        match self {
            Self::Succeed => {}
            Self::FailTimes { times } if context.attempt <= times => return Err(JobError::retry("not yet")),
            Self::FailTimes { .. } => {}
            Self::Fatal => return Err(JobError::fatal("never")),
            Self::Panic => panic!("boom {}", context.attempt),
            Self::Hang => std::future::pending().await,
            Self::Gate => {
                gate.wait_for(|open| *open).await.unwrap();
            }
            Self::GateThenFail => {
                gate.wait_for(|open| *open).await.unwrap();
                return Err(JobError::retry("not yet"));
            }
            Self::Abort => std::process::abort(),
        }
        Ok(format!("{} did it", context.id))
    }
}

impl Running {
    /// Waits for the first sign of life of everything mounted; without it there is no age that could grow.
    pub(crate) async fn alive(&self) {
        until("the first heartbeat", async || self.health.heartbeat_age().is_some()).await;
    }

    /// Waits until no sign of life has come through for longer than one is ever late for.
    pub(crate) async fn silent(&self) {
        until("no heartbeat gets through", async || self.health.heartbeat_age().is_some_and(|age| age > LATE)).await;
    }

    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        tokio::time::timeout(BOUND, &mut self.task).await.expect("the workers drain").unwrap();
    }
}

/// Asks again and again until there is an answer; `None` after the bound.
pub(crate) async fn eventually<R>(mut ask: impl AsyncFnMut() -> Option<R>) -> Option<R> {
    let deadline = Instant::now() + BOUND;
    let mut looks = tokio::time::interval(Duration::from_millis(10));
    while Instant::now() <= deadline {
        looks.tick().await;
        if let Some(answer) = ask().await {
            return Some(answer);
        }
    }
    None
}

/// Likewise for a condition, which must come true.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let answer = eventually(async || condition().await.then_some(())).await;
    assert!(answer.is_some(), "never came true: {what}");
}
