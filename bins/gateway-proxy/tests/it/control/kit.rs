//! A gateway in this process that can be stopped and begun again on the same books, and its operator.

use chrono::{DateTime, Utc};
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
};
use gateway_proxy::{Options, run};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use upstream_simulators::{LlmOptions, LlmServer};

pub(crate) use crate::support::eventually;
use crate::support::http_client;

pub(crate) const ADMIN: &str = "the-operators-own-token";
pub(crate) const MASTER: &str = "0123456789abcdef0123456789abcdef";

/// Noon on a Monday in Shanghai.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

/// The gateway over a simulated provider.
pub(crate) struct Operated {
    pub(crate) llm: LlmServer,
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    pub(crate) base: String,
    pub(crate) client: Client,
    token: String,
    /// The text of its configuration.
    pub(crate) text: String,
    shutdown: CancellationToken,
    server: JoinHandle<anyhow::Result<()>>,
}

/// What the gateway answered.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) link: Option<String>,
}

impl Operated {
    /// Over a provider whose every key is a channel of its name, on an account of its name.
    pub(crate) async fn over(llm: LlmOptions) -> Self {
        Self::with(llm, "").await
    }

    /// And with these lines of `[gateway-proxy]` or further sections.
    pub(crate) async fn with(llm: LlmOptions, settings: &str) -> Self {
        let llm = LlmServer::start(llm).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(&folder, &llm, settings);
        Self::start(llm, folder, text, Clock::fixed(noon())).await
    }

    async fn start(llm: LlmServer, folder: TempDir, text: String, clock: Clock) -> Self {
        let shutdown = CancellationToken::new();
        let (base, server) = begin(&text, &clock, &shutdown).await;
        let (client, token) = (http_client(), String::new());
        let mut operated = Self { llm, clock, folder, base, client, token, text, shutdown, server };
        let wanted = json!({"id": "tester", "profile": "tester", "scopes": ["llm"]});
        operated.token = operated.post("/admin/tokens", wanted).await["secret"].as_str().unwrap().to_owned();
        operated
    }

    /// Stops it in order.
    pub(crate) async fn stop(&mut self) {
        self.shutdown.cancel();
        (&mut self.server).await.unwrap().unwrap();
    }

    /// Begins it again with its configuration as `text` is now.
    pub(crate) async fn begin(&mut self) {
        self.shutdown = CancellationToken::new();
        (self.base, self.server) = begin(&self.text, &self.clock, &self.shutdown).await;
    }

    /// Stops it in order and begins it again.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.begin().await;
    }

    /// Asks the admin API.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Told {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(ADMIN);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        Told { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)), link }
    }

    /// `GET`, which must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await.good()
    }

    /// `POST`, which must succeed.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, Some(body)).await.good()
    }

    /// `PATCH` of a channel, which must succeed.
    pub(crate) async fn change(&self, name: &str, change: Value) -> Value {
        self.ask(Method::PATCH, &format!("/admin/channels/{name}"), Some(change)).await.good()
    }

    /// A channel as the API tells it.
    pub(crate) async fn channel(&self, name: &str) -> Value {
        self.get(&format!("/admin/channels/{name}")).await
    }

    /// Waits until a channel is in this state.
    pub(crate) async fn state(&self, name: &str, state: &str) {
        eventually(&format!("{name} is {state}"), async || (self.channel(name).await["state"] == state).then_some(()))
            .await;
    }

    /// The token of its caller.
    pub(crate) fn caller(&self) -> &str {
        &self.token
    }

    /// A chat: its status, and the channel that answered.
    pub(crate) async fn chat(&self) -> (u16, String) {
        self.chat_of("qwen-plus").await
    }

    /// A chat with this model.
    pub(crate) async fn chat_of(&self, model: &str) -> (u16, String) {
        let body = json!({"model": model, "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]});
        let request = self.client.post(format!("{}/v1/chat/completions", self.base)).bearer_auth(&self.token);
        let answer = request.json(&body).send().await.unwrap();
        let channel = answer.headers().get("x-twilight-channel").map(|name| name.to_str().unwrap().to_owned());
        (answer.status().as_u16(), channel.unwrap_or_default())
    }

    /// The metrics, as text.
    pub(crate) async fn metrics(&self) -> String {
        self.client.get(format!("{}/metrics", self.base)).send().await.unwrap().text().await.unwrap()
    }

    /// Everything in the folder of the books, as bytes.
    pub(crate) fn files(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.folder.path().join("state")).unwrap() {
            all.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
        }
        all
    }
}

impl Drop for Operated {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Told {
    fn good(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.body
    }

    /// The kind of a refusal.
    pub(crate) fn kind(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default()
    }

    /// Status and kind of a refusal.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.kind())
    }
}

async fn begin(text: &str, clock: &Clock, shutdown: &CancellationToken) -> (String, JoinHandle<anyhow::Result<()>>) {
    let config = Config::from_toml(text, "test", &Environment::default()).unwrap();
    let queue = text.contains("[queue]").then(|| config.queue().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let options = Options {
        gateway: config.gateway_proxy().unwrap(),
        queue,
        console: config.console().clone(),
        metrics: daemon_kit::metrics::install().unwrap(),
        clock: clock.clone(),
        crash_at: None,
    };
    let server = tokio::spawn(run(options, listener, shutdown.clone()));
    (base, server)
}

/// The configuration: every key of the provider is a channel.
fn configuration(folder: &TempDir, llm: &LlmServer, settings: &str) -> String {
    let at = |name: &str| folder.path().join(name).display().to_string();
    let mut text = format!(
        "[gateway-proxy]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\nprices = \"{}\"\nadmin_token = \"{ADMIN}\"\n\
         master_key = \"{MASTER}\"\n{settings}\n",
        at("state"),
        at("prices.toml")
    );
    for key in llm.keys() {
        text.push_str(&format!(
            "[[gateway-proxy.channels]]\nname = \"{}\"\nkey = \"{}\"\naccount = \"{}\"\ndialect = \"{}\"\n\
             base_url = \"{}\"\nmodels = [\"qwen-plus\"]\n",
            key.name,
            key.secret,
            key.account,
            llm.dialect().name(),
            llm.base_url()
        ));
    }
    text
}
