//! One worker with everything around it: Redis, the vendor, a clock that the test moves, a warehouse folder.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::{clock::Clock, config, metrics};
use ingest_worker::Options;
use job_queue::{
    Broker, JobDetail, JobState, Push, Pushed, Queue,
    payload::{
        IngestJob, QualityJob, WarehouseWriteJob,
        queue_name::{INGEST, QUALITY, WAREHOUSE_WRITE},
    },
    private_redis::RedisServer,
};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpListener, runtime::Runtime, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use upstream_simulators::{Market, MarketSpec, TushareOptions, TushareServer, from_shanghai, tushare::Call};
use warehouse::{FindingFilter, Generation, LoggedFinding, Reader, ReaderOptions, StatusFile, read_status};

use crate::{settings::Settings, vendors::Vendors, wait};

pub(crate) struct World {
    pub(crate) redis: RedisServer,
    pub(crate) vendor: TushareServer,
    pub(crate) vendors: Vendors,
    pub(crate) market: Arc<Market>,
    pub(crate) clock: Clock,
    pub(crate) queue: Queue<IngestJob>,
    pub(crate) settings: Settings,
    root: Arc<TempDir>,
    worker: Option<Worker>,
}

struct Worker {
    address: String,
    shutdown: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
    /// Threads of its own, if it is mortal.
    runtime: Option<Runtime>,
}

/// Ten trading days of forty codes.
pub(crate) fn ten_days() -> Arc<Market> {
    let day = |text: &str| text.parse().unwrap();
    Arc::new(Market::generate(&MarketSpec::new(7, 40, day("2024-01-02"), day("2024-01-15"))))
}

/// Ten trading days of a hundred codes: one of them missing leaves a day complete.
pub(crate) fn hundred_codes() -> Arc<Market> {
    let day = |text: &str| text.parse().unwrap();
    Arc::new(Market::generate(&MarketSpec::new(11, 100, day("2024-01-02"), day("2024-01-15"))))
}

/// Three weeks in June, when most companies pay their dividends, of sixty codes.
pub(crate) fn dividend_season() -> Arc<Market> {
    let day = |text: &str| text.parse().unwrap();
    Arc::new(Market::generate(&MarketSpec::new(5, 60, day("2024-06-03"), day("2024-06-21"))))
}

/// A Shanghai wall clock time of a day.
pub(crate) fn shanghai(day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    from_shanghai(day.and_hms_opt(hour, minute, 0).unwrap())
}

pub(crate) fn fetch_day(trade_date: NaiveDate) -> IngestJob {
    IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date }
}

/// The day from another vendor.
pub(crate) fn fetch_day_of(source: &str, trade_date: NaiveDate) -> IngestJob {
    IngestJob::FetchDailyMarket { source: source.to_owned(), trade_date }
}

pub(crate) fn fetch_reference() -> IngestJob {
    IngestJob::FetchReference { source: "tushare".to_owned() }
}

impl World {
    /// A worker over `market`, started.
    pub(crate) async fn start(market: Arc<Market>) -> Self {
        Self::start_with(market, |_| {}).await
    }

    /// Likewise, with other settings.
    pub(crate) async fn start_with(market: Arc<Market>, change: impl FnOnce(&mut Settings)) -> Self {
        let mut world = Self::set_up(market, change).await;
        world.start_worker().await.unwrap();
        world
    }

    /// Everything but the worker.
    pub(crate) async fn set_up(market: Arc<Market>, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::of(&market);
        change(&mut settings);
        let clock = Clock::fixed(settings.now);
        let shown = clock.clone();
        let vendor = TushareOptions { clock: Some(Arc::new(move || shown.now())), ..settings.vendor.clone() };
        let vendor = TushareServer::start(market.clone(), vendor).await.unwrap();
        let vendors = Vendors::start(&market, settings.vendors.clone(), &clock).await;
        let redis = RedisServer::start().await.unwrap();
        let queue = Queue::new(&Broker::connect(&redis.url()).unwrap(), INGEST).unwrap();
        let root = Arc::new(TempDir::new().unwrap());
        Self { redis, vendor, vendors, market, clock, queue, settings, root, worker: None }
    }

    /// Starts the worker (again). An error is what `run` says about why it cannot start.
    pub(crate) async fn start_worker(&mut self) -> anyhow::Result<()> {
        assert!(self.worker.is_none(), "the worker runs already");
        let toml = self.toml();
        let config = config::Config::from_toml(&toml, "test", &config::Environment::default()).unwrap();
        let options = Options {
            worker: config.ingest_worker().unwrap(),
            queue: config.queue().unwrap(),
            warehouse: config.warehouse().clone(),
            metrics: metrics::install().unwrap(),
            clock: self.clock.clone(),
            pace: self.settings.pace,
            crash_at: None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let listener = listener.into_std().unwrap();
        let runtime = self
            .settings
            .mortal
            .then(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
        let asked = shutdown.clone();
        let run = async move { ingest_worker::run(options, TcpListener::from_std(listener)?, asked).await };
        let mut task = match &runtime {
            Some(runtime) => runtime.spawn(run),
            None => tokio::spawn(run),
        };
        // A worker that cannot start ends at once; one that answers has started.
        let up = async {
            wait::until("the worker answers", async || get(&address, "/healthz").await.is_some()).await;
        };
        tokio::select! {
            ended = &mut task => {
                if let Some(runtime) = runtime {
                    runtime.shutdown_background();
                }
                return ended.unwrap();
            }
            () = up => {}
        }
        self.worker = Some(Worker { address, shutdown, task, runtime });
        Ok(())
    }

    /// The worker's configuration file.
    pub(crate) fn toml(&self) -> String {
        self.settings.toml(self.root(), &self.redis.url(), &self.vendor.url, &self.vendors.toml())
    }

    /// Asks the worker to stop, as SIGTERM does, and waits for its end.
    pub(crate) async fn stop_worker(&mut self) {
        let worker = self.worker.take().expect("the worker runs");
        worker.shutdown.cancel();
        worker.task.await.unwrap().unwrap();
        if let Some(runtime) = worker.runtime {
            runtime.shutdown_background();
        }
    }

    /// Ends a mortal worker between two of its instructions, as a power cut would: nothing is finished, nobody is told.
    /// Then starts another one in its place.
    pub(crate) async fn kill_and_restart_worker(&mut self) {
        let worker = self.worker.take().expect("the worker runs");
        worker.runtime.expect("the worker is mortal").shutdown_background();
        // The writer's thread ends once nobody can send it anything; until then the warehouse is locked.
        wait::until("another worker starts", async || match self.start_worker().await {
            Ok(()) => true,
            Err(error) => {
                assert!(format!("{error:#}").contains("another process is writing"), "{error:#}");
                false
            }
        })
        .await;
    }

    /// A second world over this one's warehouse folder, with a Redis and a vendor of its own.
    pub(crate) async fn neighbour(&self) -> Self {
        let mut other = Self::set_up(self.market.clone(), |_| {}).await;
        other.root = self.root.clone();
        other
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn published(&self) -> PathBuf {
        self.root().join("published")
    }

    pub(crate) async fn push(&self, id: &str, job: &IngestJob) -> Pushed {
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

    /// Pushes the job and waits until it is done.
    pub(crate) async fn run(&self, id: &str, job: &IngestJob) -> JobDetail {
        self.push(id, job).await;
        self.reaches(id, JobState::Done).await
    }

    /// Fetches these days, all in the queue at once.
    pub(crate) async fn run_days(&self, run: &str, days: &[NaiveDate]) {
        for day in days {
            self.push(&format!("{run}@{day}"), &fetch_day(*day)).await;
        }
        for day in days {
            self.reaches(&format!("{run}@{day}"), JobState::Done).await;
        }
    }

    /// Another queue of the same Redis.
    pub(crate) fn queue_of<T>(&self, name: &str) -> Queue<T> {
        Queue::new(self.queue.broker(), name).unwrap()
    }

    /// Pushes a job of `warehouse-write` and waits until it is in `state`.
    pub(crate) async fn write(&self, id: &str, job: &WarehouseWriteJob, state: JobState) -> JobDetail {
        let queue = self.queue_of::<WarehouseWriteJob>(WAREHOUSE_WRITE);
        queue.push(Push::id(id), job).await.unwrap();
        wait::for_some(&format!("{id} becomes {state}"), async || {
            let job = queue.show(id).await.ok()?;
            let now = job.summary.state;
            assert!(now == state || !now.is_final(), "{id} is {now}, not {state}: {job:?}");
            (now == state).then_some(job)
        })
        .await
    }

    /// The jobs of the queue `quality`, in no order.
    pub(crate) async fn check_jobs(&self) -> Vec<JobDetail> {
        jobs_of(&self.queue_of(QUALITY)).await
    }

    /// What is open in the log of findings, as the generation has it.
    pub(crate) fn open_findings(&self) -> Vec<LoggedFinding> {
        let filter = FindingFilter { open_only: true, limit: 1000, ..FindingFilter::default() };
        self.generation().findings(&filter).unwrap().findings
    }

    /// The published generation.
    pub(crate) fn generation(&self) -> Arc<Generation> {
        self.try_generation().expect("a generation is published")
    }

    pub(crate) fn try_generation(&self) -> Option<Arc<Generation>> {
        Reader::open(self.published(), ReaderOptions::default()).unwrap().current()
    }

    /// Rows of a table in the published generation.
    pub(crate) fn rows_of(&self, table: &str) -> u64 {
        self.generation().table_counts().find(|(name, _)| *name == table).map_or(0, |(_, sum)| sum.rows)
    }

    /// The status file, once it says what `wanted` looks for.
    pub(crate) async fn status(&self, what: &str, wanted: impl Fn(&StatusFile) -> bool) -> StatusFile {
        wait::for_some(&format!("status.json says {what}"), async || {
            read_status(&self.published()).unwrap().filter(&wanted)
        })
        .await
    }

    /// Calls of an interface that the vendor logged.
    pub(crate) fn calls_of(&self, api: &str) -> Vec<Call> {
        self.vendor.calls().log().into_iter().filter(|call| call.api == api).collect()
    }

    /// Status and body of a GET on the worker's own address.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        get(&self.worker.as_ref().expect("the worker runs").address, path).await.expect("the worker answers")
    }

    /// The first column of the rows of a query on the writer's own file, as text. The worker must be stopped.
    pub(crate) fn tail(&self, sql: &str) -> Vec<String> {
        assert!(self.worker.is_none(), "the tail belongs to the worker while it runs");
        self.query("tail.duckdb", sql)
    }

    /// The first column of the rows of a query on a file of the warehouse, as text.
    pub(crate) fn query(&self, file: &str, sql: &str) -> Vec<String> {
        let config = duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
        let database = duckdb::Connection::open_with_flags(self.root().join(file), config).unwrap();
        let mut statement = database.prepare(&format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})")).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
        rows.map(|row| row.unwrap().unwrap_or_default()).collect()
    }

    /// As an operator would type it into redis-cli.
    pub(crate) async fn redis(&self, command: &str) -> String {
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
            if let Some(runtime) = worker.runtime {
                runtime.shutdown_background();
            }
        }
    }
}

/// Every job of a queue.
pub(crate) async fn jobs_of(queue: &Queue<QualityJob>) -> Vec<JobDetail> {
    // A job that moves on between two lists stands in both.
    let mut ids = BTreeSet::new();
    for state in JobState::ALL {
        ids.extend(queue.list(state, 0, 1_000).await.unwrap().jobs.into_iter().map(|summary| summary.id));
    }
    let mut jobs = Vec::new();
    for id in ids {
        jobs.push(queue.show(&id).await.unwrap());
    }
    jobs
}

async fn get(address: &str, path: &str) -> Option<(u16, String)> {
    let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    let response = client.get(format!("{address}{path}")).send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}
