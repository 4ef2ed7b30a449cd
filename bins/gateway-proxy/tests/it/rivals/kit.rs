//! A gateway in this process over a simulated provider, and somebody who asks it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    metrics,
};
use reqwest::{Client, RequestBuilder, Response, header::HeaderMap};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use upstream_simulators::{LlmDialect, LlmOptions, LlmServer};

use super::setup::{configuration, prices};
pub(crate) use crate::support::eventually;
use crate::support::http_client;

pub(super) const ADMIN: &str = "the-operators-own-token";

/// The gateway, the provider behind it, and a caller.
pub(crate) struct Rival {
    pub(crate) llm: LlmServer,
    pub(crate) clock: Clock,
    base: String,
    caller: Caller,
    client: Client,
    server: JoinHandle<anyhow::Result<()>>,
    _folder: TempDir,
}

/// How it is set up.
pub(super) struct Setup<'a> {
    pub(super) llm: LlmOptions,
    pub(super) clock: Clock,
    /// Lines of `[gateway-proxy]`.
    pub(super) gateway: &'a str,
    /// Lines of every channel.
    pub(super) channel: &'a str,
    /// Whether anybody is its operator.
    pub(super) admin: bool,
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Caller {
    base: String,
    token: String,
    client: Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
    /// Whether the body came to its end in order.
    pub(crate) whole: bool,
}

impl Rival {
    /// So many keys without limits.
    pub(crate) async fn keys(count: usize) -> Self {
        Self::with(count, "").await
    }

    /// And with these lines of `[gateway-proxy]`.
    pub(crate) async fn with(count: usize, gateway: &str) -> Self {
        Self::options(LlmOptions::with_keys(LlmDialect::DashScope, count), gateway).await
    }

    /// Over a provider of one's own.
    pub(crate) async fn options(llm: LlmOptions, gateway: &str) -> Self {
        Self::channels(llm, gateway, "").await
    }

    /// And with these lines of every channel.
    pub(crate) async fn channels(llm: LlmOptions, gateway: &str, channel: &str) -> Self {
        Self::start(Setup { llm, clock: Clock::system(), gateway, channel, admin: true }).await
    }

    /// With a clock that stands until the test moves it.
    pub(crate) async fn at(now: DateTime<Utc>, llm: LlmOptions) -> Self {
        Self::start(Setup { llm, clock: Clock::fixed(now), gateway: "max_wait_s = 1", channel: "", admin: true }).await
    }

    /// Nobody is its operator.
    pub(crate) async fn without_admin_token() -> Self {
        let llm = LlmOptions::with_keys(LlmDialect::DashScope, 1);
        Self::start(Setup { llm, clock: Clock::system(), gateway: "", channel: "", admin: false }).await
    }

    async fn start(setup: Setup<'_>) -> Self {
        let clock = setup.clock.clone();
        let seen = clock.clone();
        let llm = LlmOptions { clock: Some(Arc::new(move || seen.now())), ..setup.llm.clone() };
        let llm = LlmServer::start(llm).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prices.toml"), prices(&setup.llm)).unwrap();
        let text = configuration(&setup, &llm, folder.path());
        let config = Config::from_toml(&text, "test", &Environment::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let metrics = metrics::install().unwrap();
        let options = gateway_proxy::Options {
            gateway: config.gateway_proxy().unwrap(),
            queue: None,
            console: config.console().clone(),
            metrics,
            clock: clock.clone(),
            crash_at: None,
        };
        let server = tokio::spawn(gateway_proxy::run(options, listener, CancellationToken::new()));
        let client = http_client();
        let nobody = Caller { base: base.clone(), token: String::new(), client: client.clone() };
        let mut rival = Self { llm, clock, base, caller: nobody, client, server, _folder: folder };
        if setup.admin {
            rival.caller = rival.caller("tester", json!({})).await;
        }
        rival
    }

    /// A profile with a token of its own; `more` are members of the registration.
    pub(crate) async fn caller(&self, profile: &str, more: Value) -> Caller {
        let mut wanted = json!({"profile": profile, "scopes": ["llm"]});
        merge(&mut wanted, more);
        let answer = self.admin(self.client.post(format!("{}/admin/tokens", self.base)).json(&wanted)).await;
        let token = answer["secret"].as_str().unwrap().to_owned();
        Caller { base: self.base.clone(), token, client: self.client.clone() }
    }

    /// A chat of the usual body, with the members of `more`.
    pub(crate) async fn chat(&self, more: Value) -> Said {
        self.caller.chat(more).await
    }

    /// Any route.
    pub(crate) async fn ask(&self, path: &str, body: &Value) -> Said {
        self.ask_raw(path, &body.to_string()).await
    }

    /// Any route, any body.
    pub(crate) async fn ask_raw(&self, path: &str, body: &str) -> Said {
        read(self.caller.post(path, body).send().await.unwrap()).await
    }

    /// The head of the answer to a chat, over a connection of its own, which is closed when it is dropped.
    pub(crate) async fn begin(&self, more: Value) -> Response {
        let once = Caller { client: http_client(), ..self.caller.clone() };
        once.post("/v1/chat/completions", &chat(more).to_string()).send().await.unwrap()
    }

    /// A caller who goes away before there is an answer.
    pub(crate) async fn leave_before_the_head(&self) {
        let calls = self.llm.calls().total();
        let once = Caller { client: http_client(), ..self.caller.clone() };
        let asking = tokio::spawn(once.post("/v1/chat/completions", &chat(json!({})).to_string()).send());
        eventually("the provider is asked", async || (self.llm.calls().total() > calls).then_some(())).await;
        asking.abort();
    }

    /// The same chat without the gateway, by the first key.
    pub(crate) async fn direct(&self, more: Value) -> Said {
        let url = format!("{}/chat/completions", self.llm.base_url());
        let request = self.client.post(url).bearer_auth(&self.llm.keys()[0].secret).body(chat(more).to_string());
        read(request.send().await.unwrap()).await
    }

    /// What the books say about an answer's request.
    pub(crate) async fn record(&self, said: &Said) -> Value {
        self.record_of(said.header("x-request-id")).await
    }

    /// What the books say about a request, once it is there.
    pub(crate) async fn record_of(&self, id: &str) -> Value {
        eventually("the request is recorded", async || {
            let request = self.client.get(format!("{}/admin/requests/{id}", self.base)).bearer_auth(ADMIN);
            let answer = request.send().await.unwrap();
            if answer.status().is_success() { Some(answer.json().await.unwrap()) } else { None }
        })
        .await
    }

    /// Nano-yuan that the provider bills for the request of this id.
    pub(crate) fn billed(&self, id: &str) -> i64 {
        let calls = self.llm.calls().log();
        calls.iter().filter(|call| call.request_id.as_deref() == Some(id)).map(|call| call.billed_nano).sum()
    }

    /// A channel as the operator sees it.
    pub(crate) async fn channel(&self, name: &str) -> Value {
        self.admin(self.client.get(format!("{}/admin/channels/{name}", self.base))).await
    }

    /// The word for a channel's state.
    pub(crate) async fn state(&self, name: &str) -> String {
        self.channel(name).await["state"].as_str().unwrap().to_owned()
    }

    /// What a channel may cost a day.
    pub(crate) async fn set_budget(&self, name: &str, yuan: &str) {
        let change = json!({"budget_cny_per_day": yuan});
        self.admin(self.client.patch(format!("{}/admin/channels/{name}", self.base)).json(&change)).await;
    }

    /// The status of the admin API for somebody who guesses.
    pub(crate) async fn admin_as(&self, guess: &str) -> u16 {
        let request = self.client.get(format!("{}/admin/channels", self.base)).bearer_auth(guess);
        request.send().await.unwrap().status().as_u16()
    }

    async fn admin(&self, request: RequestBuilder) -> Value {
        let answer = request.bearer_auth(ADMIN).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Caller {
    /// A chat of the usual body, with the members of `more`.
    pub(crate) async fn chat(&self, more: Value) -> Said {
        read(self.post("/v1/chat/completions", &chat(more).to_string()).send().await.unwrap()).await
    }

    fn post(&self, path: &str, body: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token).body(body.to_owned())
    }
}

impl Said {
    /// The text of a header; empty without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The channel that answered.
    pub(crate) fn channel(&self) -> &str {
        self.header("x-twilight-channel")
    }

    /// `error.code` of a refusal; empty without one.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

/// What the deltas of a stream say together.
pub(crate) fn contents(text: &str) -> String {
    let data = text.split("\n\n").filter_map(|frame| frame.strip_prefix("data: "));
    let events = data.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let said = events.filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned));
    said.collect()
}

/// Reads so many deltas with content, and no more; what they say.
pub(crate) async fn read_contents(answer: &mut Response, count: usize) -> String {
    let mut text = String::new();
    let worded = |text: &str| {
        text.split_inclusive("\n\n").filter(|frame| frame.ends_with("\n\n") && !contents(frame).is_empty()).count()
    };
    while worded(&text) < count {
        let part = answer.chunk().await.unwrap().unwrap_or_else(|| panic!("it ended after {text}"));
        text.push_str(std::str::from_utf8(&part).unwrap());
    }
    contents(&text)
}

/// An amount of yuan in nano-yuan; nothing where there is none.
pub(crate) fn nano(yuan: &Value) -> i64 {
    yuan.as_str().map_or(0, |text| text.parse::<route_policy::Cny>().unwrap().nano())
}

fn chat(more: Value) -> Value {
    let mut body = json!({
        "model": "qwen-plus", "max_tokens": 16, "messages": [{"role": "user", "content": "How did the market close?"}],
    });
    merge(&mut body, more);
    body
}

fn merge(body: &mut Value, more: Value) {
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
}

async fn read(mut answer: Response) -> Said {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut bytes = Vec::new();
    let whole = loop {
        match answer.chunk().await {
            Ok(Some(part)) => bytes.extend_from_slice(&part),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Said { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text, whole }
}
