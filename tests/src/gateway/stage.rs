//! What a gateway stands on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use daemon_kit::{clock::Clock, http};
use job_queue::private_redis::RedisServer;
use serde_json::{Value, json};
use tempfile::TempDir;
use upstream_simulators::{LlmOptions, LlmServer};

use super::{
    Caller, GatewaySettings,
    configuration::{configuration, prices},
};
use crate::{Daemon, binary, eventually};

/// The token of the admin API on a [`GatewayStage`].
pub const ADMIN_TOKEN: &str = "system-tests-admin-token";

/// A provider, a Redis, and a configuration that points a gateway at them.
pub struct GatewayStage {
    /// The provider.
    pub llm: LlmServer,
    /// The queue's server; it may be stopped, and started again.
    pub redis: RedisServer,
    settings: GatewaySettings,
    folder: TempDir,
}

/// A running gateway.
pub struct Gateway {
    /// Its process.
    pub daemon: Daemon,
    client: reqwest::Client,
}

impl GatewayStage {
    /// A stage with empty books.
    pub async fn new(settings: GatewaySettings) -> Self {
        let folder = tempfile::Builder::new().prefix("twilight-gateway-").tempdir().unwrap();
        let redis = RedisServer::start().await.unwrap();
        let clock = Clock::system();
        let llm = LlmOptions { clock: Some(std::sync::Arc::new(move || clock.now())), ..settings.llm.clone() };
        let llm = LlmServer::start(llm).await.unwrap();
        fs::write(folder.path().join("prices.toml"), prices(&settings)).unwrap();
        let stage = Self { llm, redis, settings, folder };
        stage.configure(|_| {});
        stage
    }

    /// Writes the configuration anew, for gateways to come.
    pub fn configure(&self, change: impl FnOnce(&mut GatewaySettings)) {
        let mut settings = self.settings.clone();
        change(&mut settings);
        let text = configuration(&settings, self.folder(), Some(&self.redis.url()), &self.llm);
        fs::write(self.config(), text).unwrap();
    }

    /// A folder for whatever a test needs; removed with the stage.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the books.
    pub fn books(&self) -> PathBuf {
        self.folder().join("gateway")
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder().join("twilight.toml")
    }

    /// The command that runs the program `name` on this stage.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary(name));
        command.arg("--config").arg(self.config());
        command
    }

    /// Starts `gateway-proxy`.
    pub async fn gateway(&self) -> Gateway {
        Gateway::start(self.command("gateway-proxy")).await
    }

    /// Starts a `gateway-proxy` that outlives a write beyond a limit on the size of files: such a write fails, as on a full
    /// disk, and kills nobody.
    pub async fn gateway_on_a_disk_that_may_be_full(&self) -> Gateway {
        let gateway = self.command("gateway-proxy");
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ && exec \"$@\"", "sh"]).arg(gateway.get_program()).args(gateway.get_args());
        Gateway::start(command).await
    }

    /// Waits until the provider has nothing under way.
    pub async fn provider_is_idle(&self) {
        eventually("the provider has nothing under way", async || {
            self.llm.books().values().all(|book| book.under_way == 0).then_some(())
        })
        .await;
    }
}

impl Gateway {
    /// Starts a command that is a gateway, and waits until it is ready.
    pub async fn start(command: Command) -> Self {
        let daemon = Daemon::start(command).await;
        let client = http::client(&http::ClientOptions::default()).unwrap();
        Self { daemon, client }
    }

    /// Where it serves: `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        &self.daemon.url
    }

    /// Registers a token of a profile for models, and returns a caller who has it.
    pub async fn caller(&self, profile: &str) -> Caller {
        let wanted = json!({"profile": profile, "scopes": ["llm"]});
        let (status, answer) = self.admin("POST", "/admin/tokens", Some(wanted)).await;
        assert_eq!(status, 201, "{answer}");
        Caller::new(self.url(), answer["secret"].as_str().unwrap(), self.client.clone())
    }

    /// The caller of profile number `number`.
    pub async fn caller_of(&self, number: usize) -> Caller {
        self.caller(&format!("profile-{number}")).await
    }

    /// Status and JSON body of a request to the admin API.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn admin(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.url());
        let mut request = self.client.request(method.parse().unwrap(), url).bearer_auth(ADMIN_TOKEN);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The body of a `GET` of the admin API, or of a health route.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.admin("GET", path, None).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// Waits until nothing is under way on any channel.
    pub async fn is_idle(&self) {
        eventually("nothing is under way", async || {
            let list = self.get("/admin/channels").await;
            let mut channels = list["channels"].as_array().into_iter().flatten();
            channels.all(|channel| channel["in_flight"] == 0).then_some(())
        })
        .await;
    }

    /// A channel's entry in `/admin/channels`.
    ///
    /// # Panics
    /// If there is none.
    pub async fn channel(&self, name: &str) -> Value {
        let list = self.get("/admin/channels").await;
        let mut channels = list["channels"].as_array().into_iter().flatten();
        channels.find(|channel| channel["name"] == name).unwrap_or_else(|| panic!("{name}: {list}")).clone()
    }
}
