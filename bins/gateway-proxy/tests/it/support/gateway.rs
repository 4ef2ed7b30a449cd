//! A running gateway, with a token and an operator.

use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
};
use reqwest::{Body, Client, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::eventually;

const ADMIN: &str = "the-operators-own-token";

/// The gateway. Dropping it stops it.
pub(crate) struct Gateway {
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) token: String,
    server: JoinHandle<anyhow::Result<()>>,
    _folder: TempDir,
}

/// A channel of the configuration, without limits.
pub(crate) fn channel(name: &str, url: &str) -> String {
    format!(
        "[[gateway-proxy.channels]]\nname = \"{name}\"\ndialect = \"openai\"\nbase_url = \"{url}\"\nkey = \"sk-upstream-{name}\"\n\
         models = [\"m\"]\npriority = 0\nrpm = 0\ntpm = 0\nmax_in_flight = 0\nbudget_cny_per_day = \"500\"\n"
    )
}

/// A client without a proxy.
pub(crate) fn http_client() -> Client {
    daemon_kit::http::install_tls_provider();
    Client::builder().no_proxy().build().unwrap()
}

impl Gateway {
    /// With these channels.
    pub(crate) async fn over(channels: &str) -> Self {
        Self::with("", channels).await
    }

    /// With these settings and channels.
    pub(crate) async fn with(settings: &str, channels: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let text = format!(
            "[gateway-proxy]\nlisten = \"127.0.0.1:1\"\nstate = {state:?}\nprices = {:?}\nadmin_token = \"{ADMIN}\"\n\
             {settings}\n{channels}",
            folder.path().join("prices.toml")
        );
        let config = Config::from_toml(&text, "test", &Environment::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let metrics = daemon_kit::metrics::install().unwrap();
        let options = gateway_proxy::Options {
            gateway: config.gateway_proxy().unwrap(),
            queue: None,
            console: config.console().clone(),
            metrics,
            clock: Clock::system(),
            crash_at: None,
        };
        let server = tokio::spawn(gateway_proxy::run(options, listener, CancellationToken::new()));
        let mut gateway = Self { base, client: http_client(), token: String::new(), server, _folder: folder };
        gateway.token = gateway.register(json!({"profile": "tester", "scopes": ["llm"]})).await;
        gateway
    }

    /// A new token.
    pub(crate) async fn register(&self, token: Value) -> String {
        let answer = self.admin(self.client.post(format!("{}/admin/tokens", self.base)).json(&token)).await;
        answer["secret"].as_str().unwrap().to_owned()
    }

    /// A request of the caller.
    pub(crate) fn post(&self, path: &str, body: impl Into<Body>) -> RequestBuilder {
        self.request(&self.client, path, body)
    }

    /// A request over a connection of its own, which is closed when nobody waits for its answer any more.
    pub(crate) fn post_once(&self, path: &str, body: impl Into<Body>) -> RequestBuilder {
        self.request(&http_client(), path, body)
    }

    fn request(&self, client: &Client, path: &str, body: impl Into<Body>) -> RequestBuilder {
        client.post(format!("{}{path}", self.base)).bearer_auth(&self.token).body(body)
    }

    /// What the books say of a request, once it is written.
    pub(crate) async fn record(&self, id: &str) -> Value {
        eventually("the request is recorded", async || {
            let answer = self.client.get(format!("{}/admin/requests/{id}", self.base)).bearer_auth(ADMIN).send().await;
            let answer = answer.unwrap();
            if answer.status().is_success() { Some(answer.json().await.unwrap()) } else { None }
        })
        .await
    }

    /// All requests that ended so.
    pub(crate) async fn records(&self, outcome: &str) -> Vec<Value> {
        let all = self.admin(self.client.get(format!("{}/admin/requests", self.base))).await;
        let all = all["requests"].as_array().unwrap();
        all.iter().filter(|request| request["outcome"] == outcome).cloned().collect()
    }

    /// Waits until nothing runs and nothing is reserved any more.
    pub(crate) async fn settled(&self) {
        eventually("everything is settled", async || {
            let body = self.status().await;
            let rests = |channel: &Value| channel["in_flight"] == 0 && channel["budget"]["reserved_cny"] == "0";
            body["channels"].as_array().unwrap().iter().all(rests).then_some(())
        })
        .await;
    }

    /// Waits until so many requests wait for their turn.
    pub(crate) async fn waiting(&self, count: u64) {
        eventually("they wait", async || (self.status().await["waiting"] == count).then_some(())).await;
    }

    /// Waits until the gateway has noticed that a caller of the channel is gone.
    pub(crate) async fn deserted(&self, channel: &str) {
        let line = format!("gateway_deserted_total{{channel=\"{channel}\"}} ");
        eventually("the caller is missed", async || {
            let metrics = self.client.get(format!("{}/metrics", self.base)).send().await.unwrap().text().await.unwrap();
            let count = metrics.lines().find_map(|metric| metric.strip_prefix(&line)).unwrap_or("0").to_owned();
            (count != "0").then_some(())
        })
        .await;
    }

    /// What operators see of the channels.
    pub(crate) async fn status(&self) -> Value {
        self.admin(self.client.get(format!("{}/admin/channels", self.base))).await
    }

    async fn admin(&self, request: RequestBuilder) -> Value {
        let answer = request.bearer_auth(ADMIN).send().await.unwrap();
        assert!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await.unwrap());
        answer.json().await.unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}
