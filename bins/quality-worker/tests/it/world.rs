//! One worker with everything around it: Redis, a receiver of alerts, a clock that the test moves, a warehouse.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::NaiveDate;
use daemon_kit::{
    clock::Clock,
    config::{Checks, Config, Environment},
    disk::Disk,
    metrics,
};
use job_queue::{
    Backoff, Broker, JobDetail, JobState, Push, Pushed, Queue, WorkersOptions,
    payload::{
        QualityJob, RecordFindings, WarehouseWriteJob,
        queue_name::{QUALITY, WAREHOUSE_WRITE},
    },
    private_redis::RedisServer,
};
use quality_worker::{Options, Pace};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpListener, runtime::Runtime, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use upstream_simulators::{AlertReceiver, ReceivedAlert};

use crate::{
    shop::{Shop, shanghai},
    wait,
};

pub(crate) struct World {
    pub(crate) redis: RedisServer,
    /// Another Redis for the queue `warehouse-write`.
    pub(crate) writers_redis: RedisServer,
    pub(crate) receiver: AlertReceiver,
    pub(crate) clock: Clock,
    pub(crate) queue: Queue<QualityJob>,
    pub(crate) records: Queue<WarehouseWriteJob>,
    pub(crate) shop: Shop,
    /// `[[quality-worker.alerts]]` and whatever else a test adds.
    pub(crate) alerts: String,
    /// Keys of `[quality-worker]`.
    pub(crate) keys: String,
    /// How full the one disk that is watched is, percent.
    pub(crate) disk: Arc<AtomicU64>,
    /// How often it was looked at.
    pub(crate) disk_looks: Arc<AtomicU64>,
    /// `freshness` and `safety`.
    pub(crate) schedule: [&'static str; 2],
    pub(crate) folder: TempDir,
    /// Another world's queues, if they are shared.
    queues: Option<[String; 2]>,
    worker: Option<Worker>,
}

struct Worker {
    address: String,
    shutdown: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
    /// Its own threads, so that it can be ended between two instructions.
    runtime: Runtime,
}

impl World {
    /// Everything but the worker, with a market of so many codes, and a webhook that is told about warnings.
    pub(crate) async fn set_up(codes: usize) -> Self {
        let (redis, writers_redis) = (RedisServer::start().await.unwrap(), RedisServer::start().await.unwrap());
        let receiver = AlertReceiver::start().await.unwrap();
        let folder = tempfile::Builder::new().prefix("twilight-quality-").tempdir().unwrap();
        let alerts = webhook("ops", &receiver.webhook_url());
        Self {
            queue: Queue::new(&Broker::connect(&redis.url()).unwrap(), QUALITY).unwrap(),
            records: Queue::new(&Broker::connect(&writers_redis.url()).unwrap(), WAREHOUSE_WRITE).unwrap(),
            shop: Shop::open(&folder.path().join("warehouse"), codes),
            clock: Clock::fixed(shanghai("2026-09-22 18:45")),
            redis,
            writers_redis,
            receiver,
            alerts,
            keys: String::new(),
            disk: Arc::default(),
            disk_looks: Arc::default(),
            schedule: ["off", "off"],
            folder,
            queues: None,
            worker: None,
        }
    }

    /// A second worker's world over the same queues, clock and warehouse, with a memory and a receiver of its own.
    pub(crate) async fn twin(&self) -> Self {
        let mut twin = Self::set_up(1).await;
        twin.queues = Some([self.redis.url(), self.writers_redis.url()]);
        twin.clock = self.clock.clone();
        twin.schedule = self.schedule;
        twin.keys = format!("published = \"{}\"\n", self.published().display());
        twin
    }

    pub(crate) fn toml(&self) -> String {
        let root = self.folder.path().display();
        let [queue, records] = self.queues.clone().unwrap_or([self.redis.url(), self.writers_redis.url()]);
        let Self { alerts, keys, schedule: [freshness, safety], .. } = self;
        format!(
            "[warehouse]\nroot = \"{root}/warehouse\"\n[queue]\nredis_url = \"{queue}\"\n[queue.urls]\n\
             warehouse-write = \"{records}\"\n[telemetry]\nformat = \"json\"\nlog = \"debug\"\n[quality-worker]\n\
             listen = \"127.0.0.1:0\"\nstate = \"{root}/quality\"\nmemory_limit_mb = 128\npoll_ms = 10\n\
             max_attempts = 100\nretry_pause_ms = 50\nheartbeat_ms = 250\nmissed_heartbeats = 8\n{keys}\n\
             [quality-worker.disk]\nfolders = []\n[quality-worker.schedule]\nfreshness = \"{freshness}\"\nsafety = \"{safety}\"\n{alerts}"
        )
    }

    fn options(&self) -> Options {
        let config = Config::from_toml(&self.toml(), "test", &Environment::default()).unwrap();
        let mut worker = config.quality_worker().unwrap();
        worker.disk.folders = vec!["data".into()];
        worker.disk.every = Duration::from_millis(10);
        let (full, looks) = (self.disk.clone(), self.disk_looks.clone());
        let disk = move || {
            looks.fetch_add(1, Ordering::SeqCst);
            let used = full.load(Ordering::SeqCst);
            Disk { id: 1, used, available: 100_u64.saturating_sub(used) }
        };
        let backoff =
            Backoff { base: Duration::from_millis(50), max: Duration::from_millis(200), ..Backoff::default() };
        let workers = WorkersOptions {
            poll: Duration::from_millis(10),
            promote: Duration::from_millis(10),
            heartbeat: Duration::from_millis(250),
            missed_heartbeats: 8,
            ..WorkersOptions::default()
        };
        Options {
            pace: Pace { alerts_every: Duration::from_millis(10), backoff, workers },
            queue: (worker.checks == Checks::All).then(|| config.queue().unwrap()),
            worker,
            expected_by: config.warehouse().expected_by,
            metrics: metrics::install().unwrap(),
            clock: self.clock.clone(),
            replica_alert_after: config.replica().alert_after,
            disks: Arc::new(move |_| Ok(disk())),
            crash_at: None,
        }
    }

    /// Starts the worker (again). An error is what `run` says about why it cannot start.
    pub(crate) async fn start(&mut self) -> anyhow::Result<()> {
        assert!(self.worker.is_none(), "the worker runs already");
        let options = self.options();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let listener = listener.into_std().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let shutdown = CancellationToken::new();
        let asked = shutdown.clone();
        let mut task =
            runtime.spawn(async move { quality_worker::run(options, TcpListener::from_std(listener)?, asked).await });
        let up = async {
            wait::until("the worker answers", async || get(&address, "/healthz").await.is_some()).await;
        };
        tokio::select! {
            ended = &mut task => {
                runtime.shutdown_background();
                return ended.unwrap();
            }
            () = up => {}
        }
        self.worker = Some(Worker { address, shutdown, task, runtime });
        Ok(())
    }

    /// Asks the worker to stop, as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(&mut self) {
        let worker = self.worker.take().expect("the worker runs");
        worker.shutdown.cancel();
        worker.task.await.unwrap().unwrap();
        worker.runtime.shutdown_background();
    }

    /// Ends the worker between two of its instructions: nothing is finished, nobody is told.
    pub(crate) async fn kill(&mut self) {
        self.worker.take().expect("the worker runs").runtime.shutdown_background();
        // Its last thread lets go of the folder's lock.
        let lock = self.state().join("lock");
        wait::until("the folder is free", async || {
            std::fs::File::open(&lock).is_ok_and(|file| file.try_lock().is_ok())
        })
        .await;
    }

    /// The worker's own program with this configuration.
    pub(crate) fn program(&self) -> Command {
        let config = self.folder.path().join("twilight.toml");
        std::fs::write(&config, self.toml()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_quality-worker"));
        command.arg("--config").arg(config).stdin(Stdio::null()).env("RUST_BACKTRACE", "0");
        command
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("quality")
    }

    pub(crate) fn published(&self) -> PathBuf {
        self.folder.path().join("warehouse/published")
    }

    pub(crate) async fn push(&self, id: &str, job: &QualityJob) -> Pushed {
        self.queue.push(Push::id(id), job).await.unwrap()
    }

    /// Waits until the job is in `state`; any other final state is a failure.
    pub(crate) async fn reaches(&self, id: &str, state: JobState) -> JobDetail {
        wait::for_some(&format!("{id} becomes {state}"), async || {
            let job = self.queue.show(id).await.ok()?;
            let now = job.summary.state;
            assert!(now == state || !now.is_final(), "{id} is {now}, not {state}: {job:?}");
            (now == state).then_some(job)
        })
        .await
    }

    /// Pushes the job and waits until it is done; what it returned.
    pub(crate) async fn run(&self, id: &str, job: &QualityJob) -> Value {
        self.push(id, job).await;
        self.reaches(id, JobState::Done).await.result.unwrap()
    }

    /// Publishes, and has these days of it checked.
    pub(crate) async fn publish_and_check(&mut self, dates: &[NaiveDate]) -> u64 {
        let generation = self.shop.publish();
        self.run(&format!("check_generation@{generation}"), &check(generation, dates)).await;
        generation
    }

    /// The `record_findings` jobs that were sent, in order.
    pub(crate) async fn recorded(&self) -> Vec<(String, RecordFindings)> {
        let mut recorded = Vec::new();
        for job in self.records.list(JobState::Waiting, 0, 1_000).await.unwrap().jobs {
            let payload = self.records.show(&job.id).await.unwrap().payload.unwrap();
            match WarehouseWriteJob::try_from(payload).unwrap() {
                WarehouseWriteJob::RecordFindings(findings) => recorded.push((job.id, *findings)),
                other => panic!("{other:?}"),
            }
        }
        recorded
    }

    /// What the check of this job found: check, code and day.
    pub(crate) async fn found(&self, job_id: &str) -> Vec<(String, String, Option<NaiveDate>)> {
        let recorded = self.recorded().await.into_iter();
        let of_job = recorded.filter(|(id, _)| id.contains(&format!("#{job_id}-")));
        let findings = of_job.flat_map(|(_, record)| record.findings);
        findings.map(|found| (found.check, found.code.unwrap_or_default(), found.trade_date)).collect()
    }

    /// Waits for so many messages, and sees that no more come than that.
    pub(crate) async fn told(&self, count: usize) -> Vec<ReceivedAlert> {
        wait::until(&format!("{count} messages"), async || self.receiver.messages().len() >= count).await;
        self.quiet().await;
        let messages = self.receiver.messages();
        assert_eq!(messages.len(), count, "{messages:#?}");
        messages
    }

    /// Waits until nothing waits to be sent.
    pub(crate) async fn quiet(&self) {
        wait::until("every outbox is empty", async || {
            let state = std::fs::read(self.state().join("alerts.json")).unwrap_or_default();
            let Ok(state) = serde_json::from_slice::<Value>(&state) else { return true };
            let targets = state["book"]["targets"].as_object().cloned().unwrap_or_default();
            targets.values().all(|target| target["outbox"]["waiting"].as_array().is_none_or(Vec::is_empty))
        })
        .await;
    }

    /// Status and body of a GET on the worker's own address.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        get(&self.worker.as_ref().expect("the worker runs").address, path).await.expect("the worker answers")
    }

    /// Waits until the worker's schedule has been seen for the first time; what comes due after it is sent.
    pub(crate) async fn schedule_begins(&self) {
        wait::until("the schedule is known", async || self.redis_says("HLEN quality:cron").await == ":3").await;
    }

    async fn redis_says(&self, command: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.redis.port())).await.unwrap();
        stream.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
        let mut answer = [0; 256];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).trim().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.shutdown.cancel();
            worker.runtime.shutdown_background();
        }
    }
}

/// A target in the generic form.
pub(crate) fn webhook(name: &str, url: &str) -> String {
    format!("[[quality-worker.alerts]]\nname = \"{name}\"\nkind = \"webhook\"\nurl = \"{url}\"\n")
}

pub(crate) fn check(generation: u64, dates: &[NaiveDate]) -> QualityJob {
    QualityJob::CheckGeneration { generation: Some(generation), dates: Some(dates.to_vec()) }
}

pub(crate) fn check_all() -> QualityJob {
    QualityJob::CheckGeneration { generation: None, dates: None }
}

/// A field of a message in the generic form.
pub(crate) fn field<'a>(message: &'a ReceivedAlert, name: &str) -> &'a Value {
    &message.body[name]
}

/// Status and check of messages in the generic form.
pub(crate) fn said(messages: &[ReceivedAlert]) -> Vec<String> {
    let text = |message: &ReceivedAlert, name| field(message, name).as_str().unwrap_or("?").to_owned();
    messages.iter().map(|message| format!("{} {}", text(message, "status"), text(message, "check"))).collect()
}

async fn get(address: &str, path: &str) -> Option<(u16, String)> {
    let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    let response = client.get(format!("{address}{path}")).send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}
