//! A front, a SearXNG behind it, and a Redis beside it.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use job_queue::private_redis::RedisServer;
use serde_json::Value;
use upstream_simulators::{SearxngOptions, SearxngServer, SimClock};
use web_search::{CacheKey, CacheOptions, Found, Origin, SearchFailed, SearchOptions, SearchQuery, WebSearch};

/// Nobody waits that long; a machine under load may need some of it.
pub(crate) const LONG: Duration = Duration::from_secs(10);
pub(crate) const CHINESE: [&str; 4] = ["baidu", "sogou", "360search", "bing"];
pub(crate) const GLOBAL: [&str; 4] = ["google", "duckduckgo", "brave", "yep"];

/// What a test plays on. SearXNG and the front have one clock.
pub(crate) struct Stage {
    pub(crate) searxng: SearxngServer,
    pub(crate) redis: Option<RedisServer>,
    pub(crate) clock: SimClock,
    pub(crate) search: WebSearch,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SearchOptions)) -> Self {
        Self::build(Some(RedisServer::start().await.unwrap()), change).await
    }

    pub(crate) async fn without_redis(change: impl FnOnce(&mut SearchOptions)) -> Self {
        Self::build(None, change).await
    }

    async fn build(redis: Option<RedisServer>, change: impl FnOnce(&mut SearchOptions)) -> Self {
        let clock = SimClock::at("2026-11-23T04:00:00Z".parse().unwrap());
        let options = SearxngOptions { clock: Some(clock.clock()), ..SearxngOptions::default() };
        let searxng = SearxngServer::start(options).await.unwrap();
        let mut options = SearchOptions::new(searxng.url.parse().unwrap());
        options.timeout = LONG;
        options.cache = redis.as_ref().map(|redis| cache_at(redis, LONG));
        change(&mut options);
        let search = WebSearch::new(options, http(), clock.clock()).unwrap();
        Self { searxng, redis, clock, search }
    }

    /// Another process on the same SearXNG and Redis.
    pub(crate) fn restarted(&self) -> WebSearch {
        let mut options = SearchOptions::new(self.searxng.url.parse().unwrap());
        options.timeout = LONG;
        options.cache = self.redis.as_ref().map(|redis| cache_at(redis, LONG));
        WebSearch::new(options, http(), self.clock.clock()).unwrap()
    }

    pub(crate) async fn find(&self, q: &str) -> Result<Found, SearchFailed> {
        self.search.search(&SearchQuery::new(q).unwrap()).await
    }

    /// Searches, with success; where the answer came from.
    pub(crate) async fn origin(&self, q: &str) -> Origin {
        self.find(q).await.unwrap().origin
    }

    pub(crate) fn calls(&self) -> u64 {
        self.searxng.calls().total()
    }

    /// The engines that the last call named.
    pub(crate) fn named(&self) -> Vec<String> {
        self.searxng.calls().last().unwrap().named
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn redis(&mut self) -> &mut RedisServer {
        self.redis.as_mut().unwrap()
    }

    /// Redis serves again.
    pub(crate) async fn cache_is_up(&self) {
        eventually("redis is connected", async || self.search.cache_is_up() == Some(true)).await;
    }
}

pub(crate) fn cache_at(redis: &RedisServer, patience: Duration) -> CacheOptions {
    CacheOptions { patience, ..CacheOptions::new(redis.url(), CacheKey::new([42; 32])) }
}

/// As `daemon_kit::http::client` makes it for what is posted.
pub(crate) fn http() -> reqwest::Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    let connect_timeout = Duration::from_secs(5);
    let builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect_timeout);
    builder.build().unwrap()
}

pub(crate) fn query(pairs: &[(&str, &str)]) -> SearchQuery {
    SearchQuery::parse(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()))).unwrap()
}

pub(crate) fn json(found: &Found) -> Value {
    serde_json::from_slice(&found.body).unwrap()
}

/// Waits for a condition, within ten seconds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        while !condition().await {
            looks.tick().await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

/// Searches all at once, as tasks.
pub(crate) fn at_once(
    search: &WebSearch,
    count: usize,
    query: &SearchQuery,
) -> Vec<tokio::task::JoinHandle<Result<Found, SearchFailed>>> {
    let (search, query) = (Arc::new(search.clone()), Arc::new(query.clone()));
    let one = |_| {
        let (search, query) = (Arc::clone(&search), Arc::clone(&query));
        tokio::spawn(async move { search.search(&query).await })
    };
    (0..count).map(one).collect()
}

/// One command on a connection of its own.
pub(crate) async fn redis_command<R: redis::FromRedisValue>(redis: &RedisServer, command: &[&str]) -> R {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut built = redis::cmd(command[0]);
    command[1..].iter().for_each(|argument| {
        built.arg(argument);
    });
    built.query_async(&mut connection).await.unwrap()
}
