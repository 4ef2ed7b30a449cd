//! The play: searches, and what SearXNG was asked for them.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context as _;
use daemon_kit::http;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;
use upstream_simulators::{EngineFailure, SearxngServer};

use crate::demo::{configuration::API_TOKEN, daemon::Daemon, gateway::ADMIN_TOKEN};

const CHINESE: &str = "贵州茅台 三季度 业绩";
const GLOBAL: &str = "federal reserve rate decision";
/// What the specification allows a caller in a minute.
const A_MINUTE: usize = 10;

/// What happened.
pub(crate) struct Searched {
    /// What was searched for, how many results there were, and whose.
    pub(crate) chinese: (&'static str, usize, BTreeSet<String>),
    /// The same for the rest of the world.
    pub(crate) global: (&'static str, usize, BTreeSet<String>),
    /// How long the first answer took, and the same one from the cache.
    pub(crate) took: (Duration, Duration),
    /// Searches that callers got an answer to, and those that SearXNG was asked.
    pub(crate) answered: (usize, u64),
    /// A token to try it with.
    pub(crate) token: String,
}

/// Fails where an answer is not what it should be.
pub(crate) async fn run(searxng: &SearxngServer, gateway: &Daemon, api: &Daemon) -> anyhow::Result<Searched> {
    let client = http::client(&http::ClientOptions::default())?;
    let begun = Instant::now();
    let bot = Caller::new(&client, &gateway.url, token(&client, gateway).await?);
    let first = bot.found(CHINESE).await?;
    let fresh = begun.elapsed();
    let engines = first.engines();
    for engine in ["baidu", "sogou", "360search"] {
        anyhow::ensure!(engines.contains(engine), "{engine} has no part in {engines:?}");
    }
    let begun = Instant::now();
    let again = bot.found(CHINESE).await?;
    let hit = begun.elapsed();
    anyhow::ensure!(again.origin == "hit" && again.body == first.body, "not from the cache: {}", again.origin);

    // Through the other door, as another caller; Baidu shows a CAPTCHA from now on.
    let agent = Caller::new(&client, &api.url, API_TOKEN.to_owned());
    anyhow::ensure!(agent.found(CHINESE).await?.origin == "hit", "the cache is not everybody's");
    searxng.faults().engine_always_fails("baidu", EngineFailure::Captcha);
    let without = agent.found("宁德时代 产能").await?.engines();
    anyhow::ensure!(!without.contains("baidu") && without.contains("sogou"), "a CAPTCHA was not noticed: {without:?}");
    searxng.faults().clear();
    let global = agent.found(GLOBAL).await?;

    for _ in 2..A_MINUTE {
        bot.found(CHINESE).await?;
    }
    let eleventh = bot.ask(CHINESE).await?;
    anyhow::ensure!(eleventh.status == StatusCode::TOO_MANY_REQUESTS, "the eleventh got {}", eleventh.status);
    Ok(Searched {
        chinese: (CHINESE, first.results(), engines),
        global: (GLOBAL, global.results(), global.engines()),
        took: (fresh, hit),
        answered: (A_MINUTE + 3, searxng.calls().total()),
        token: token(&client, gateway).await?,
    })
}

/// A new token for searches.
async fn token(client: &Client, gateway: &Daemon) -> anyhow::Result<String> {
    let wanted = json!({"profile": "web-search", "scopes": ["search"]});
    let request = client.post(format!("{}/admin/tokens", gateway.url)).bearer_auth(ADMIN_TOKEN).json(&wanted);
    let answer: Value = request.send().await?.error_for_status()?.json().await?;
    Ok(answer["secret"].as_str().context("no token was shown")?.to_owned())
}

/// Somebody who searches, by one of the doors.
struct Caller<'a> {
    client: &'a Client,
    url: String,
    token: String,
}

struct Sought {
    status: StatusCode,
    origin: String,
    body: Value,
}

impl<'a> Caller<'a> {
    fn new(client: &'a Client, daemon: &str, token: String) -> Self {
        Self { client, url: format!("{daemon}/search"), token }
    }

    async fn ask(&self, q: &str) -> anyhow::Result<Sought> {
        let request = self.client.get(&self.url).query(&[("q", q), ("format", "json")]).bearer_auth(&self.token);
        let answer = request.send().await?;
        let status = answer.status();
        let origin = answer.headers().get("x-twilight-cache").and_then(|value| value.to_str().ok());
        let origin = origin.unwrap_or_default().to_owned();
        Ok(Sought { status, origin, body: answer.json().await? })
    }

    async fn found(&self, q: &str) -> anyhow::Result<Sought> {
        let sought = self.ask(q).await?;
        anyhow::ensure!(sought.status.is_success() && sought.results() > 0, "{} {}", sought.status, sought.body);
        Ok(sought)
    }
}

impl Sought {
    fn results(&self) -> usize {
        self.body["results"].as_array().map_or(0, Vec::len)
    }

    /// Whose the results are.
    fn engines(&self) -> BTreeSet<String> {
        let results = self.body["results"].as_array().into_iter().flatten();
        let lists = results.filter_map(|result| result["engines"].as_array());
        lists.flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }
}
