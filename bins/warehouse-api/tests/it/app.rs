//! A server over a published folder, on a port of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use chrono::{NaiveTime, TimeDelta};
use daemon_kit::{
    clock::Clock,
    config::{
        ApiSearchConfig, ApiToken, ConsoleAddress, ConsoleConfig, QueueConfig, Scope, Secret, WarehouseApiConfig,
    },
    http::{ClientOptions, client},
};
use reqwest::{Method, RequestBuilder, Response};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use warehouse_api::ServerConfig;

use crate::market;

/// May read and ask for work.
pub(crate) const OPERATOR: &str = "operator-token-0123456789";
/// May read.
pub(crate) const READER: &str = "reader-token-0123456789";
/// May ask for work, not read.
pub(crate) const ADMIN: &str = "admin-token-0123456789";
/// May search.
pub(crate) const SEARCHER: &str = "searcher-token-0123456789";

/// A server in the making.
pub(crate) struct Builder {
    config: ServerConfig,
}

/// A running server. It ends when this is dropped.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    client: reqwest::Client,
    shutdown: CancellationToken,
    task: Option<JoinHandle<anyhow::Result<()>>>,
}

impl TestApp {
    /// A server over the shared market, half an hour after it was published.
    pub(crate) async fn start() -> Self {
        Self::shared().start().await
    }

    /// As [`TestApp::start`], to be changed before it starts.
    pub(crate) fn shared() -> Builder {
        Self::over(shared_market())
    }

    /// A server over the folder `published`.
    pub(crate) fn over(published: &Path) -> Builder {
        let token = |name: &str, token: &str, scopes: &[Scope]| ApiToken {
            name: name.to_owned(),
            token: Secret::new(token),
            scopes: BTreeSet::from_iter(scopes.iter().copied()),
        };
        let api = WarehouseApiConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            published: published.to_owned(),
            memory_limit_mb: 128,
            connections: 2,
            poll: Duration::from_millis(10),
            max_days: 5_000,
            request_timeout: Duration::from_secs(20),
            stale_after: TimeDelta::hours(24),
            // Nothing is ever written there: the Redis below does not answer.
            token_cache: published.join("no-tokens.json"),
            search: ApiSearchConfig {
                gateway: "http://127.0.0.1:1".parse().unwrap(),
                token: None,
                timeout: Duration::from_secs(5),
            },
            tokens: vec![
                token("operator", OPERATOR, &[Scope::Read, Scope::Admin]),
                token("reader", READER, &[Scope::Read]),
                token("admin", ADMIN, &[Scope::Admin]),
                token("searcher", SEARCHER, &[Scope::Search]),
            ],
        };
        // Port 1 refuses: whoever needs a queue says so.
        let queue = QueueConfig { redis_url: Secret::new("redis://127.0.0.1:1/"), urls: BTreeMap::new() };
        let clock = Clock::fixed(market::published_at() + TimeDelta::minutes(30));
        let expected_by = NaiveTime::from_hms_opt(20, 0, 0).unwrap();
        Builder {
            config: ServerConfig {
                api,
                queue,
                expected_by,
                replica_unready_after: None,
                console: console_pages(),
                clock,
            },
        }
    }

    /// `GET path` as the operator.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).bearer_auth(OPERATOR).send().await.unwrap()
    }

    /// The JSON of a `GET` that must succeed.
    pub(crate) async fn json<T: DeserializeOwned>(&self, path: &str) -> T {
        let body = self.text(path).await;
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// The text of a `GET` that must succeed.
    pub(crate) async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        let (status, body) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Document of a `GET` that must fail with a problem.
    pub(crate) async fn problem(&self, path: &str) -> Value {
        problem(self.get(path).await).await
    }

    /// A request without credentials.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    /// Stops the server as a signal would and waits until it has drained.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        self.task.take().unwrap().await.unwrap().unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Builder {
    /// Changes the configuration.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut ServerConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Starts it.
    pub(crate) async fn start(self) -> TestApp {
        let listener = TcpListener::bind(self.config.api.listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = self.config.clock.clone();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(warehouse_api::run(self.config, listener, shutdown.clone()));
        // Connections wait in the listener's queue until the server accepts them: no need to wait for it here.
        let client = client(&ClientOptions { follow_redirects: false, ..ClientOptions::default() }).unwrap();
        TestApp { address, clock, client, shutdown, task: Some(task) }
    }
}

/// The operator's pages, without links to the other daemons.
fn console_pages() -> ConsoleConfig {
    ConsoleConfig {
        enabled: true,
        session: TimeDelta::hours(1),
        failed_logins_per_minute: 5,
        trusted_proxies: Vec::new(),
        gateway: ConsoleAddress::Unknown,
        warehouse: ConsoleAddress::Unknown,
        registry: ConsoleAddress::Unknown,
    }
}

/// A problem document, checked for its media type and for agreeing with the status.
pub(crate) async fn problem(response: Response) -> Value {
    let status = response.status().as_u16();
    let content_type = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    let body = response.text().await.unwrap();
    assert_eq!(content_type.as_deref(), Some("application/problem+json"), "{status}: {body}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["status"], status, "{body}");
    let _: warehouse_api::openapi::ProblemBody = serde_json::from_str(&body).unwrap();
    problem
}

/// The numbers of one column, in the rows of a JSON answer, to the last bit: `serde_json` reads long decimals one unit off
/// now and then, the standard library does not.
pub(crate) fn exact_column(answer: &str, column: &str) -> Vec<f64> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        rows: Vec<BTreeMap<&'a str, &'a RawValue>>,
    }
    let answer: Answer<'_> = serde_json::from_str(answer).unwrap();
    answer.rows.iter().map(|row| row[column].get().parse().unwrap()).collect()
}

/// Waits until `condition` holds, ten seconds at most.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let waiting = async {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        while !condition().await {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

/// The published folder of a market that all tests read and nobody writes to.
fn shared_market() -> &'static Path {
    static PUBLISHED: OnceLock<PathBuf> = OnceLock::new();
    PUBLISHED.get_or_init(|| build_once("market", market::build))
}

/// The published folder of a warehouse that `build` makes below a root, and that nobody writes to afterwards.
///
/// Built once per build of these tests, not once per process: a runner may give every test a process of its own.
pub(crate) fn build_once(name: &str, build: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("warehouse-api-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let built = fs::metadata(env::current_exe().unwrap()).unwrap().modified().unwrap();
    let built = built.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let root = folder.join(built.to_string());
    let whole = root.join("whole");
    if !whole.exists() {
        let leftovers = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        leftovers.for_each(|path| fs::remove_dir_all(path).unwrap());
        build(&root);
        File::create(whole).unwrap();
    }
    root.join("published")
}

/// A market of one's own, to be damaged or written to.
pub(crate) struct Market {
    root: TempDir,
}

impl Market {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        market::build(root.path());
        Self { root }
    }

    /// The mainland's bars and nothing else.
    pub(crate) fn of_bars_only() -> Self {
        let root = tempfile::tempdir().unwrap();
        market::write(root.path()).publish(market::published_at()).unwrap();
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn published(&self) -> PathBuf {
        self.root.path().join("published")
    }
}
