//! What a search stands on.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use daemon_kit::http;
use job_queue::private_redis::RedisServer;
use serde_json::json;
use tempfile::TempDir;
use upstream_simulators::{SearxngOptions, SearxngServer};

use super::{
    SearchSettings, Searcher,
    configuration::{Places, configuration},
    searcher::place,
};
use crate::{Daemon, binary, gateway::Gateway};

/// A SearXNG, a Redis for queues, another one for the cache, and a configuration that points the daemons at them.
pub struct SearchStage {
    /// SearXNG; it may be taken down, and brought back.
    pub searxng: SearxngServer,
    /// The cache's server; it may be killed, and started again.
    pub cache: RedisServer,
    queue: RedisServer,
    settings: SearchSettings,
    folder: TempDir,
    client: reqwest::Client,
}

impl SearchStage {
    /// A stage without anything in its cache.
    pub async fn new(settings: SearchSettings) -> Self {
        let folder = tempfile::Builder::new().prefix("twilight-search-").tempdir().unwrap();
        let (queue, cache) = (RedisServer::start().await.unwrap(), RedisServer::start().await.unwrap());
        let searxng = SearxngServer::start(SearxngOptions::default()).await.unwrap();
        let client = http::client(&http::ClientOptions::default()).unwrap();
        Self { searxng, cache, queue, settings, folder, client }
    }

    /// A folder for whatever a test needs; removed with the stage.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration file, with the gateway at `gateway`.
    pub fn config(&self, gateway: &str) -> PathBuf {
        let path = self.folder().join("twilight.toml");
        let (queue, cache) = (self.queue.url(), self.cache.url());
        let places =
            Places { folder: self.folder(), queue: &queue, cache: &cache, searxng: &self.searxng.url, gateway };
        fs::write(&path, configuration(&places, &self.settings)).unwrap();
        path
    }

    /// The command that runs the program `name` on this stage, whose gateway is at `gateway`.
    pub fn command(&self, name: &str, gateway: &str) -> Command {
        let mut command = Command::new(binary(name));
        command.arg("--config").arg(self.config(gateway));
        command
    }

    /// Starts `gateway-proxy`.
    pub async fn gateway(&self) -> Gateway {
        Gateway::start(self.command("gateway-proxy", "http://127.0.0.1:1")).await
    }

    /// Starts a `warehouse-api` that searches through this gateway.
    pub async fn api(&self, gateway: &Gateway) -> Daemon {
        Daemon::start(self.command("warehouse-api", gateway.url())).await
    }

    /// What an engine has for a query, as [`Sought::places`](super::Sought::places).
    pub fn places(&self, engine: &str, q: &str) -> BTreeSet<String> {
        self.searxng.pages(engine, q).iter().map(|page| place(&page.url)).collect()
    }

    /// Somebody without a token, at a daemon.
    pub fn searcher(&self, url: &str) -> Searcher {
        Searcher::new(self.client.clone(), url)
    }

    /// Somebody with a token of his own.
    pub async fn with_token(&self, gateway: &Gateway, profile: &str) -> Searcher {
        let wanted = json!({"profile": profile, "scopes": ["search"]});
        let (status, answer) = gateway.admin("POST", "/admin/tokens", Some(wanted)).await;
        assert_eq!(status, 201, "{answer}");
        self.searcher(gateway.url()).with_token(answer["secret"].as_str().unwrap())
    }

    /// A crowd without tokens, each at an address of his own.
    pub fn crowd(&self, gateway: &Gateway, count: usize) -> Vec<Searcher> {
        let address = |number: usize| format!("10.0.{}.{}", number / 250, number % 250 + 1);
        (0..count).map(|number| self.searcher(gateway.url()).from(&address(number))).collect()
    }
}
