//! The daemons, by what they say of themselves.

use std::{collections::BTreeMap, time::Duration};

use daemon_kit::{
    config::{DaemonAddress, StatusConfig},
    http::{self, ClientOptions},
};
use futures::future::join_all;
use reqwest::{Client, Url};
use serde::Serialize;
use serde_json::Value;

use super::{health::Problems, metrics::Samples};

/// So much of an answer is read.
const ANSWER_MAX: usize = 8 << 20;

/// One daemon.
#[derive(Debug, Serialize)]
pub(super) struct Daemon {
    pub(super) name: &'static str,
    /// Where it was asked.
    #[serde(serialize_with = "as_text")]
    pub(super) url: Option<Url>,
    pub(super) state: State,
    pub(super) version: Option<String>,
    /// Checks of `/readyz` that fail, with their reasons.
    pub(super) failing: BTreeMap<String, String>,
    /// What it says beside that.
    pub(super) notes: BTreeMap<String, String>,
    /// Memory in RAM.
    pub(super) memory_bytes: Option<u64>,
    /// Why it could not be asked.
    pub(super) error: Option<String>,
    #[serde(skip)]
    pub(super) samples: Samples,
}

/// How a daemon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It answers and is ready.
    Ready,
    /// It answers, and lacks something.
    NotReady,
    /// It does not answer.
    Down,
    /// The configuration says that it is not to be asked.
    Off,
    /// Nobody knows where it listens.
    Unknown,
}

fn as_text<S: serde::Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_ref().map(Url::as_str).serialize(serializer)
}

/// A client for questions that are answered at once or not at all.
///
/// # Errors
/// When the machine's root certificates cannot be used.
pub(super) fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    let options = ClientOptions { connect_timeout: timeout, request_timeout: timeout, ..ClientOptions::default() };
    http::client(&ClientOptions { follow_redirects: false, ..options })
}

/// Asks all of them at once.
pub(super) async fn ask(config: &StatusConfig, client: &Client) -> Vec<Daemon> {
    let asked = config.daemons.iter().map(|(name, address)| async move {
        match address {
            DaemonAddress::At(url) => ask_one(name, url, client).await,
            DaemonAddress::Off => unasked(name, State::Off),
            DaemonAddress::Unknown => unasked(name, State::Unknown),
        }
    });
    join_all(asked).await
}

fn unasked(name: &'static str, state: State) -> Daemon {
    let (failing, notes, samples) = (BTreeMap::new(), BTreeMap::new(), Samples::default());
    Daemon { name, url: None, state, version: None, failing, notes, memory_bytes: None, error: None, samples }
}

async fn ask_one(name: &'static str, url: &Url, client: &Client) -> Daemon {
    let (health, ready, metrics) =
        tokio::join!(get(client, url, "healthz"), get(client, url, "readyz"), get(client, url, "metrics"));
    let mut daemon = Daemon { url: Some(url.clone()), ..unasked(name, State::Down) };
    let health = match health {
        Ok((200, body)) => serde_json::from_slice::<Value>(&body).unwrap_or_default(),
        Ok((status, _)) => return Daemon { error: Some(format!("/healthz answers {status}")), ..daemon },
        Err(error) => return Daemon { error: Some(error), ..daemon },
    };
    // Whatever answers there has to be the daemon that was meant.
    match health["service"].as_str() {
        Some(service) if service == name => {}
        service => {
            let service = service.unwrap_or("something else").to_owned();
            return Daemon { error: Some(format!("{service} answers there")), ..daemon };
        }
    }
    daemon.version = health["version"].as_str().map(str::to_owned);
    match ready {
        Ok((status, body)) => {
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            daemon.state = if status == 200 { State::Ready } else { State::NotReady };
            daemon.failing = failing(&body);
            daemon.notes = texts(&body["notes"]);
        }
        Err(error) => (daemon.state, daemon.error) = (State::NotReady, Some(format!("/readyz: {error}"))),
    }
    if let Ok((200, body)) = metrics {
        daemon.samples = Samples::parse(&String::from_utf8_lossy(&body));
        daemon.memory_bytes = daemon.samples.value("process_resident_memory_bytes").map(|bytes| bytes as u64);
    }
    daemon
}

/// Status and body of `GET path` below `base`.
pub(super) async fn get(client: &Client, base: &Url, path: &str) -> Result<(u16, Vec<u8>), String> {
    let url = format!("{}/{path}", base.as_str().trim_end_matches('/'));
    read(client.get(url).send().await).await
}

/// Status and body of an answer; an error without the address, which a URL with a password would show.
pub(super) async fn read(sent: Result<reqwest::Response, reqwest::Error>) -> Result<(u16, Vec<u8>), String> {
    let mut answer = sent.map_err(http::reason)?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(http::reason)? {
        if body.len() + chunk.len() > ANSWER_MAX {
            return Err("the answer does not end".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

fn failing(body: &Value) -> BTreeMap<String, String> {
    let checks = body["checks"].as_object().into_iter().flatten().filter(|(_, check)| check["ok"] != true);
    checks.map(|(name, check)| (name.clone(), check["reason"].as_str().unwrap_or("fails").to_owned())).collect()
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned()))).collect()
}

/// What the metrics of a daemon say that somebody should know, beside its own checks: metric, whether it has to be zero,
/// meaning, section. A daemon that does not have the metric is not meant.
const SIGNS: [(&str, bool, &str, &str); 6] = [
    ("gateway_prices_ok", false, "the file of prices cannot be used", "gateway-proxy"),
    ("gateway_ledger_in_trouble", true, "the books cannot be written", "gateway-proxy"),
    ("access_tokens_published", false, "other daemons were not told of the latest tokens", "gateway-proxy"),
    ("registry_alerts_waiting", true, "alerts were not taken yet by their address", "profile-registry"),
    ("registry_operations_proved", true, "proved operations wait for OWNERS", "registry-repository"),
    ("warehouse_generation_refused", true, "the newest generation is refused", "generation"),
];

/// What is wrong with them.
pub(super) fn judge(daemons: &[Daemon], problems: &mut Problems) {
    for daemon in daemons {
        let name = daemon.name;
        match daemon.state {
            State::Down => problems.down(name, name, daemon.error.clone().unwrap_or_default()),
            State::NotReady => {
                let reasons = daemon.failing.iter().map(|(check, reason)| format!("{check}: {reason}"));
                let reasons: Vec<_> = reasons.chain(daemon.error.clone()).collect();
                problems.look(name, name, format!("is not ready: {}", reasons.join("; ")));
            }
            State::Ready | State::Off | State::Unknown => {}
        }
        for (note, text) in &daemon.notes {
            problems.look(name, name, format!("{note}: {text}"));
        }
        for (metric, zero, meaning, section) in SIGNS {
            if daemon.samples.value(metric).is_some_and(|value| (value == 0.0) != zero) {
                problems.look(section, name, meaning);
            }
        }
    }
}
