//! The world around an installation: vendors, a provider, a Redis, and the programs of one version.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use daemon_kit::clock::Clock;
use job_queue::private_redis::RedisServer;
use serde_json::Value;
use upstream_simulators::{LlmDialect, LlmOptions, LlmServer, Market, Vendors, World, WorldSpec};

use crate::{Answer, binary, gateway::ADMIN_TOKEN, market, run};

/// What one run of a command line may take.
const BOUND: Duration = Duration::from_secs(90);

/// The programs of one version.
#[derive(Debug, Clone)]
pub struct Programs(PathBuf);

impl Programs {
    /// Those of this workspace, built in the profile of the running test.
    pub fn own() -> Self {
        Self(binary("twilight").parent().unwrap().to_owned())
    }

    /// Those in `folder`.
    pub fn in_folder(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The program `name`.
    pub fn command(&self, name: &str) -> Command {
        Command::new(self.0.join(name))
    }
}

/// An installation's folder with the world around it.
pub struct Site {
    pub(super) redis: RedisServer,
    pub(super) market: Arc<Market>,
    pub(super) llm: LlmServer,
    programs: Programs,
    folder: PathBuf,
    /// What the daemons ask, for as long as the site stands.
    _vendors: Vendors,
}

impl Site {
    /// The world around `folder`, and the configuration of `programs` in it.
    pub async fn open(programs: &Programs, folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        // The same whenever it is made: what an archive begins goes on years later.
        let market = market(8, 12);
        let (first_day, last_day) = market.range();
        let world = Arc::new(World::generate(&WorldSpec::new(7, first_day, last_day)));
        let vendors = Vendors::start(&market, &world, 1).await.unwrap();
        let clock = Clock::system();
        let options = LlmOptions::with_keys(LlmDialect::DashScope, 2);
        let options = LlmOptions { clock: Some(Arc::new(move || clock.now())), ..options };
        let llm = LlmServer::start(options).await.unwrap();
        let redis = RedisServer::start().await.unwrap();
        let site =
            Self { redis, market, llm, programs: programs.clone(), folder: folder.to_owned(), _vendors: vendors };
        let text = site.configuration(&site._vendors.configuration());
        fs::write(site.path("twilight.toml"), text).unwrap();
        let prices = "[[prices]]\nmodel = \"qwen-plus\"\nfrom = \"2026-01-01\"\ninput = \"1\"\noutput = \"2\"\n";
        fs::write(site.path("prices.toml"), prices).unwrap();
        site
    }

    /// Nothing here may depend on the day on which an archive is opened: what lapses does so in ten years.
    fn configuration(&self, vendors: &str) -> String {
        let others = vendors.find("[ingest-worker.tdx]").unwrap_or(vendors.len());
        let (tushare, redis, folder) = (&vendors[..others], self.redis.url(), self.folder.display());
        let (llm, key) = (self.llm.base_url(), &self.llm.keys()[0].secret);
        format!(
            r#"[warehouse]
root = "{folder}/warehouse"
memory_limit_mb = 256
threads = 1
keep_generations = 1

[queue]
redis_url = "{redis}"

[telemetry]
format = "json"

[ingest-worker]
listen = "127.0.0.1:0"

[ingest-worker.schedule]
daily_market = "off"
tdx_daily_market = "off"
global_market = "off"
macro_series = "off"
fundamentals = "off"
backfill = "off"
reference = "off"
expire_features = "off"
compact = "off"

{tushare}
[warehouse-api]
listen = "127.0.0.1:0"
memory_limit_mb = 64
poll_ms = 10
token_cache = "{folder}/access-tokens.json"
tokens = [{{ name = "tests", token = "{api_token}" }}]

[gateway-proxy]
listen = "127.0.0.1:0"
state = "{folder}/gateway"
prices = "{folder}/prices.toml"
admin_token = "{ADMIN_TOKEN}"
master_key = "a-master-key-that-opens-nothing-but-archives"
keep_days = 3650

[gateway-proxy.jobs]
reconcile_balances = "off"

[[gateway-proxy.channels]]
name = "configured"
dialect = "dashscope"
base_url = "{llm}"
key = "{key}"
models = ["qwen-plus"]
rpm = 0
tpm = 0
budget_cny_per_day = "100"
"#,
            api_token = crate::API_TOKEN,
        )
    }

    /// A file or folder of the installation.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The command that runs a program on this installation.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = self.programs.command(name);
        command.arg("--config").arg(self.path("twilight.toml"));
        command
    }

    /// The command that runs a program that has no configuration file here.
    pub(super) fn bare(&self, name: &str) -> Command {
        self.programs.command(name)
    }

    /// Runs a command; it has to end well. What it said.
    pub(super) async fn done(&self, command: Command) -> String {
        let what = format!("{command:?}");
        let Answer { code, stdout, stderr } = run(command, BOUND).await;
        assert_eq!(code, Some(0), "{what}: {stderr}");
        stdout
    }

    /// Runs `twilight` with these arguments; it has to end well.
    pub(super) async fn twilight(&self, arguments: &[&str]) -> String {
        let mut command = self.command("twilight");
        command.args(arguments);
        self.done(command).await
    }

    pub(super) fn note(&self, written: &Value) {
        fs::write(self.path("written.json"), serde_json::to_string_pretty(written).unwrap()).unwrap();
    }

    pub(super) fn written(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("written.json")).unwrap()).unwrap()
    }
}
