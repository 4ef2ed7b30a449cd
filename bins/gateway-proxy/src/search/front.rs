//! The front: lets a caller in, counts the search, has it done.

use std::{net::IpAddr, path::Path, sync::Arc};

use access_tokens::Directory;
use anyhow::Context as _;
use axum::{extract::Request, http::HeaderMap, response::Response};
use daemon_kit::{
    clock::Clock,
    config::{GatewaySearchConfig, SearchFreshConfig},
    http::{self, ClientOptions},
    problem::Problem,
    request_id::RequestId,
};
use tokio::time::Instant;
use web_search::{CacheOptions, EngineState, EngineStatus, FreshFor, Limiter, SearchOptions, WebSearch};

use super::{answer, ask, cache_key::cache_key, doorkeeper::Doorkeeper, failure};

/// Callers that are counted at the same time, of each kind; some hundred bytes each.
const CALLERS_MAX: usize = 100_000;

/// The search front of one gateway.
pub(crate) struct SearchFront {
    search: WebSearch,
    limiter: Limiter,
    doorkeeper: Doorkeeper,
    clock: Clock,
}

impl SearchFront {
    /// As configured; `folder` is that of the books. Neither SearXNG nor Redis has to be there yet.
    ///
    /// # Errors
    /// When an address cannot be used, or the key of the cache can be neither read nor kept.
    pub(crate) fn new(
        config: &GatewaySearchConfig,
        folder: &Path,
        directory: Arc<Directory>,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let cache = match &config.cache {
            Some(url) => {
                let key = cache_key(config.cache_key.as_ref(), folder)?;
                Some(CacheOptions { patience: config.cache_timeout, ..CacheOptions::new(url.expose(), key) })
            }
            None => None,
        };
        if cache.is_none() {
            tracing::warn!("gateway-proxy.search.cache_url is not configured: answers of searches are not kept");
        }
        let options = SearchOptions {
            timeout: config.timeout,
            engines_chinese: config.engines_chinese.clone(),
            engines_global: config.engines_global.clone(),
            fresh_for: fresh_for(&config.fresh_for),
            stale_for: config.stale_for,
            cache,
            ..SearchOptions::new(config.searxng.clone())
        };
        let client =
            ClientOptions { request_timeout: config.timeout, follow_redirects: false, ..ClientOptions::default() };
        let client = http::client(&client).context("prepare the client of searxng")?;
        let now = clock.clone();
        let search = WebSearch::new(options, client, Arc::new(move || now.now())).context("gateway-proxy.search")?;
        metrics::describe_counter!(
            "search_refused_total",
            "Searches that were not begun, by reason and kind of caller"
        );
        metrics::describe_gauge!("search_callers", "Callers who searched within the last minute");
        Ok(Self {
            search,
            limiter: Limiter::new(config.per_minute, CALLERS_MAX),
            doorkeeper: Doorkeeper::new(config, directory),
            clock: clock.clone(),
        })
    }

    /// Answers one request.
    ///
    /// # Errors
    /// 401 and 403 for the caller, 400, 413 and 415 for what it asks, 429 for how often, 502 to 504 for a SearXNG that has
    /// no answer where the cache has none either.
    pub(crate) async fn answer(&self, request: Request, peer: IpAddr, id: &RequestId) -> Result<Response, Problem> {
        let begun = Instant::now();
        let headers: &HeaderMap = request.headers();
        let searcher =
            self.doorkeeper.admit(headers, peer, self.clock.now()).inspect_err(|_| refused("denied", "unknown"))?;
        let query = ask::parameters(request).await.inspect_err(|_| refused("bad_request", searcher.known_by))?;
        let remaining = self.limiter.admit(&searcher.key, Instant::now()).map_err(|limited| {
            refused("limited", searcher.known_by);
            failure::limited(&limited)
        })?;
        let outcome = self.search.search(&query).await;
        answer::log(&outcome, id, searcher.known_by, begun.elapsed());
        outcome.map(|found| answer::response(found, remaining)).map_err(|failed| {
            failure::failed(&failed)
                .header(failure::LIMIT, remaining.limit.into())
                .header(failure::REMAINING, remaining.left.into())
        })
    }

    /// How the engines fare.
    pub(crate) fn engines(&self) -> Vec<EngineStatus> {
        self.search.engines()
    }

    /// Whether the cache serves; `None` where there is none.
    pub(crate) fn cache_is_up(&self) -> Option<bool> {
        self.search.cache_is_up()
    }

    /// Searches of one caller in 60 s.
    pub(crate) fn per_minute(&self) -> u32 {
        self.limiter.per_minute()
    }

    /// Callers who searched within the last minute.
    pub(crate) fn callers(&self) -> usize {
        self.limiter.callers()
    }

    /// What `/readyz` tells about the search, where something is amiss.
    pub(crate) fn note(&self) -> Option<String> {
        let resting: Vec<String> = self.engines().into_iter().filter(rests).map(|engine| engine.name).collect();
        match (self.cache_is_up() == Some(false), resting.is_empty()) {
            (false, true) => None,
            (true, true) => Some("the cache is away: every search asks SearXNG".to_owned()),
            (false, false) => Some(format!("engines that rest: {}", resting.join(", "))),
            (true, false) => Some(format!("the cache is away, and engines rest: {}", resting.join(", "))),
        }
    }
}

fn fresh_for(config: &SearchFreshConfig) -> FreshFor {
    let SearchFreshConfig { day, week, month, longer, incomplete } = *config;
    FreshFor { day, week, month, longer, incomplete }
}

fn rests(engine: &EngineStatus) -> bool {
    matches!(engine.state, EngineState::Rests { .. })
}

fn refused(reason: &'static str, known_by: &'static str) {
    metrics::counter!("search_refused_total", "reason" => reason, "caller" => known_by).increment(1);
}
