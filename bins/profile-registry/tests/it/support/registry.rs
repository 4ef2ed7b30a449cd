//! A registry that runs.

use std::{net::SocketAddr, path::Path};

use chrono::{DateTime, Utc};
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    http::{self, ClientOptions},
};
use profile_registry::Options;
use profile_store::{Owners, Store, allow_list::Limits};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{Answer, BOT_TOKEN, launch};

/// The operators' token.
pub(crate) const ADMIN: &str = "the-token-of-operators";

/// When the tests' clock begins.
fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_420_800, 0).unwrap()
}

/// A configuration, with `lines` in its section.
pub(crate) fn config(folder: &Path, lines: &str) -> String {
    let state = folder.join("registry");
    format!(
        "[profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\nadmin_token = \"{ADMIN}\"\n{lines}\n\
         [profile-registry.telegram]\nbot = \"TwilightBot\"\nbot_token = \"{BOT_TOKEN}\"\n",
        state.display()
    )
}

/// The registry, served on a port of its own.
pub(crate) struct Running {
    pub(crate) folder: TempDir,
    pub(crate) clock: Clock,
    pub(crate) address: SocketAddr,
    text: String,
    client: Client,
    shutdown: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with("anonymous_per_minute = 1000").await
    }

    /// With these lines in `[profile-registry]`.
    pub(crate) async fn start_with(lines: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let text = config(folder.path(), lines);
        Self::resume(folder, text, Clock::fixed(began())).await
    }

    /// Over what is in the folder already.
    pub(crate) async fn resume(folder: TempDir, text: String, clock: Clock) -> Self {
        let config = Config::from_toml(&text, "twilight.toml", &Environment::default()).unwrap();
        let options = Options {
            registry: config.profile_registry().unwrap(),
            queue: None,
            console: config.console().clone(),
            metrics: daemon_kit::metrics::install().unwrap(),
            clock: clock.clone(),
            program: env!("CARGO_BIN_EXE_profile-registry").into(),
            crash_at: None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let served = tokio::spawn(profile_registry::run(options, listener, shutdown.clone()));
        let client = http::client(&ClientOptions::default()).unwrap();
        let running = Self { folder, clock, address, text, client, shutdown, served };
        // Connections wait until it serves.
        assert_eq!(running.get("/healthz", None).await.status, 200);
        running
    }

    /// Stops it in order, and begins anew over the same folder.
    pub(crate) async fn restart(self) -> Self {
        let Self { folder, clock, text, shutdown, served, .. } = self;
        shutdown.cancel();
        served.await.unwrap().unwrap();
        Self::resume(folder, text, clock).await
    }

    pub(crate) fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.client.request(method, format!("http://{}{path}", self.address));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        Answer::read(self.request(Method::GET, path, token).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str, token: Option<&str>) -> Answer {
        Answer::read(self.request(Method::DELETE, path, token).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        Answer::read(self.request(Method::POST, path, token).json(&body).send().await.unwrap()).await
    }

    /// Begins a claim; where nothing is refused.
    pub(crate) async fn claim(&self, profile: &str) -> Answer {
        let begun = self.post("/claims", None, json!({"profile": profile})).await;
        assert_eq!(begun.status, 201, "{begun:?}");
        begun
    }

    /// A person confirms an operation now.
    pub(crate) async fn confirm(&self, user: u64, operation: &str) -> Answer {
        let data = launch(BOT_TOKEN, user, operation, self.clock.now());
        self.post(&format!("/operations/{operation}/telegram"), None, json!({"init_data": data})).await
    }

    /// What whoever began an operation is told of it.
    pub(crate) async fn poll(&self, begun: &Answer) -> Answer {
        self.get(&format!("/operations/{}", begun.field("operation")), Some(&begun.field("poll"))).await
    }

    /// The whole way of a claim; the owner's token.
    pub(crate) async fn owner_of(&self, user: u64, profile: &str) -> String {
        let begun = self.claim(profile).await;
        let confirmed = self.confirm(user, &begun.field("operation")).await;
        assert_eq!(confirmed.field("state"), "done", "{confirmed:?}");
        self.poll(&begun).await.field("token")
    }

    /// The repository, beside the daemon.
    pub(crate) fn store(&self) -> Store {
        Store::open_or_create(&self.folder.path().join("registry"), Limits::default()).unwrap()
    }

    pub(crate) fn owners(&self) -> Owners {
        self.store().head().unwrap().owners().unwrap()
    }

    /// The lines of OWNERS, without its heading.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.owners().lines().map(ToString::to_string).collect()
    }
}
