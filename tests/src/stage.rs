//! What a system test stands on: a folder, a private Redis, simulated vendors and a configuration.

mod configuration;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::NaiveDate;
use job_queue::{
    Broker, JobDetail, JobState, Push, Pushed, Queue,
    payload::{
        IngestJob, QualityJob, WarehouseWriteJob,
        queue_name::{INGEST, QUALITY, WAREHOUSE_WRITE},
    },
    private_redis::RedisServer,
};
use tempfile::TempDir;
use upstream_simulators::{Market, Vendors, World, WorldSpec};
use warehouse::{Reader, ReaderOptions};

use self::configuration::configuration;
use crate::{Daemon, binary, eventually, present_days};

/// How the daemons of a stage are configured.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The warehouse's folder; one in the stage's own folder unless told otherwise.
    pub root: Option<PathBuf>,
    /// `ingest-worker.keep_from`.
    pub keep_from: Option<NaiveDate>,
    /// `warehouse.keep_generations`; so many that none disappears while a test looks, unless told otherwise.
    pub keep_generations: Option<u32>,
    /// So many TDX servers, and all other vendors too; Tushare alone unless told otherwise.
    pub tdx_servers: usize,
    /// `ingest-worker.bookkeeping_every_s`; as in production unless told otherwise.
    pub bookkeeping_every_s: Option<u32>,
    /// Who is told about findings: kind and URL of each target.
    pub alerts: Vec<(&'static str, String)>,
}

/// A private Redis, simulated vendors over a market, and a configuration that points the daemons at them.
pub struct Stage {
    /// The queue's server.
    pub redis: RedisServer,
    /// The vendors.
    pub vendors: Vendors,
    /// The truth behind the vendors of the mainland.
    pub market: Arc<Market>,
    /// The truth behind those of the rest.
    pub world: Arc<World>,
    /// The queue `ingest`.
    pub queue: Queue<IngestJob>,
    /// The queue `quality`.
    pub checks: Queue<QualityJob>,
    /// The queue `warehouse-write`.
    pub writes: Queue<WarehouseWriteJob>,
    /// So many days were asked for by [`Stage::fetch`].
    fetches: AtomicUsize,
    root: PathBuf,
    config: PathBuf,
    folder: TempDir,
}

impl Stage {
    /// A stage with an empty warehouse.
    pub async fn new(market: &Arc<Market>) -> Self {
        Self::with(market, Settings::default()).await
    }

    /// A stage with an empty warehouse, or whatever is in `settings.root`.
    pub async fn with(market: &Arc<Market>, settings: Settings) -> Self {
        let folder = tempfile::Builder::new().prefix("twilight-system-").tempdir().unwrap();
        let redis = RedisServer::start().await.unwrap();
        let (first_day, last_day) = market.range();
        let world = Arc::new(World::generate(&WorldSpec::new(7, first_day, last_day)));
        let vendors = Vendors::start(market, &world, settings.tdx_servers.max(1)).await.unwrap();
        let broker = Broker::connect(&redis.url()).unwrap();
        let queue = Queue::new(&broker, INGEST).unwrap();
        let (checks, writes) = (Queue::new(&broker, QUALITY).unwrap(), Queue::new(&broker, WAREHOUSE_WRITE).unwrap());
        let root = settings.root.clone().unwrap_or_else(|| folder.path().join("warehouse"));
        let config = folder.path().join("twilight.toml");
        let state = folder.path().join("quality");
        fs::write(&config, configuration((&root, &state), &redis.url(), &vendors.configuration(), &settings)).unwrap();
        Self {
            redis,
            vendors,
            market: market.clone(),
            world,
            queue,
            checks,
            writes,
            fetches: AtomicUsize::new(0),
            root,
            config,
            folder,
        }
    }

    /// A stage whose warehouse begins as a copy of `root`. The daemon that wrote it must have ended.
    pub async fn continuing(market: &Arc<Market>, root: &Path, settings: Settings) -> Self {
        let stage = Self::with(market, settings).await;
        copy_folder(root, &stage.root);
        stage
    }

    /// The last `count` trading days of the market, ascending.
    pub fn days(&self, count: usize) -> Vec<NaiveDate> {
        let days = self.market.trading_days();
        days[days.len() - count..].to_vec()
    }

    /// The warehouse's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the published generations.
    pub fn published(&self) -> PathBuf {
        self.root.join("published")
    }

    /// The configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// A folder for whatever a test needs; removed with the stage.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command that runs the program `name` on this stage.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary(name));
        command.arg("--config").arg(&self.config);
        command
    }

    /// Starts `ingest-worker`.
    pub async fn worker(&self) -> Daemon {
        Daemon::start(self.command("ingest-worker")).await
    }

    /// Starts an `ingest-worker` that kills itself at a step.
    pub async fn worker_dying_at(&self, step: &str) -> Daemon {
        self.dying_at("ingest-worker", step).await
    }

    /// Starts `quality-worker`.
    pub async fn judge(&self) -> Daemon {
        Daemon::start(self.command("quality-worker")).await
    }

    /// Starts a `quality-worker` that kills itself at a step.
    pub async fn judge_dying_at(&self, step: &str) -> Daemon {
        self.dying_at("quality-worker", step).await
    }

    async fn dying_at(&self, name: &str, step: &str) -> Daemon {
        let mut command = self.command(name);
        command.env("TWILIGHT_CRASH_AT", step);
        Daemon::start(command).await
    }

    /// Starts an `ingest-worker` that may not write files of more than `blocks` times 512 bytes: such writes fail half-way,
    /// as on a full disk.
    pub async fn worker_limited_to(&self, blocks: u64) -> Daemon {
        let worker = self.command("ingest-worker");
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ && ulimit -f \"$1\" && shift && exec \"$@\"", "sh", &blocks.to_string()]);
        command.arg(worker.get_program()).args(worker.get_args());
        Daemon::start(command).await
    }

    /// Starts `warehouse-api`.
    pub async fn api(&self) -> Daemon {
        Daemon::start(self.command("warehouse-api")).await
    }

    /// Puts a job into the queue; its id.
    pub async fn ask(&self, job: &IngestJob) -> String {
        let id = job.id_on_request("system-test");
        match self.queue.push(Push::id(&id).coalesce(&job.coalesce_key()), job).await.unwrap() {
            Pushed::New { id } | Pushed::Duplicate { id, .. } => id,
            Pushed::Coalesced { with, .. } => with,
        }
    }

    /// Asks for days; the jobs' ids.
    pub async fn ask_for(&self, days: &[NaiveDate]) -> Vec<String> {
        let mut ids = Vec::new();
        for day in days {
            let job = IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date: *day };
            ids.push(self.ask(&job).await);
        }
        ids
    }

    /// Asks a source for a day, whether or not that has been asked for before, and waits until it is there.
    pub async fn fetch(&self, source: &str, day: NaiveDate) {
        let job = IngestJob::FetchDailyMarket { source: source.to_owned(), trade_date: day };
        let number = self.fetches.fetch_add(1, Ordering::Relaxed);
        let id = job.id_on_request(&format!("{source}-{number}"));
        self.queue.push(Push::id(&id), &job).await.unwrap();
        self.done(&[id]).await;
    }

    /// Waits until the jobs are done.
    ///
    /// # Panics
    /// If one ends in the dead letters, or takes too long.
    pub async fn done(&self, ids: &[String]) {
        for id in ids {
            let job = self.reaches(id, JobState::Done).await;
            assert!(job.result.is_some(), "{job:?}");
        }
    }

    /// Waits until a job stands at `state`. An unreachable Redis is waited for.
    ///
    /// # Panics
    /// If it ends in another state, or takes too long.
    pub async fn reaches(&self, id: &str, state: JobState) -> JobDetail {
        eventually(&format!("{id} is {state}"), async || {
            let job = self.queue.show(id).await.ok()?;
            assert!(job.summary.state == state || !job.summary.state.is_final(), "{job:?}");
            (job.summary.state == state).then_some(job)
        })
        .await
    }

    /// The days that the current generation holds, each whole.
    pub fn published_days(&self) -> BTreeSet<NaiveDate> {
        let reader = Reader::open(self.published(), ReaderOptions::default()).unwrap();
        reader.current().map(|generation| present_days(&generation, &self.market)).unwrap_or_default()
    }

    /// The logical hash of the current generation, which must be whole.
    pub async fn published_hash(&self) -> String {
        let published = self.published();
        let report = tokio::task::spawn_blocking(move || warehouse::verify(&published, None)).await.unwrap().unwrap();
        assert!(report.is_whole(), "{:?}", report.problems);
        report.manifest.logical_hash
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
