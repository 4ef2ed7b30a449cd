//! What a cached answer costs: the whole way with a private Redis, 1,000 at once on two threads, and the limit before it.
//!
//! An answer has about 20 KB of JSON, a usual one.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should panic")]

use std::sync::{Arc, OnceLock};

use chrono::DateTime;
use divan::counter::ItemsCount;
use job_queue::private_redis::RedisServer;
use tokio::{runtime::Runtime, time::Instant};
use upstream_simulators::{SearxngOptions, SearxngServer};
use web_search::{CacheKey, CacheOptions, CallerKey, Limiter, Origin, SearchOptions, SearchQuery, WebSearch};

fn main() {
    divan::main();
}

struct Stage {
    runtime: Runtime,
    search: WebSearch,
    query: SearchQuery,
    _redis: RedisServer,
    _searxng: SearxngServer,
}

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let query = SearchQuery::new("贵州茅台 三季报").unwrap();
        let (search, redis, searxng) = runtime.block_on(async {
            let redis = RedisServer::start().await.unwrap();
            let searxng = SearxngServer::start(SearxngOptions::default()).await.unwrap();
            let cache = CacheOptions::new(redis.url(), CacheKey::new([1; 32]));
            let options = SearchOptions { cache: Some(cache), ..SearchOptions::new(searxng.url.parse().unwrap()) };
            rustls::crypto::ring::default_provider().install_default().unwrap();
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let search = WebSearch::new(options, http, Arc::new(|| DateTime::UNIX_EPOCH)).unwrap();
            search.search(&query).await.unwrap();
            assert_eq!(search.search(&query).await.unwrap().origin, Origin::Cache);
            (search, redis, searxng)
        });
        Stage { runtime, search, query, _redis: redis, _searxng: searxng }
    })
}

#[divan::bench]
fn hit(bencher: divan::Bencher<'_, '_>) {
    let stage = stage();
    bencher.bench(|| stage.runtime.block_on(stage.search.search(&stage.query)).unwrap());
}

#[divan::bench(sample_count = 20)]
fn hits_1000_at_once(bencher: divan::Bencher<'_, '_>) {
    let stage = stage();
    bencher.counter(ItemsCount::new(1_000_usize)).bench(|| {
        stage.runtime.block_on(async {
            let one = || {
                let (search, query) = (stage.search.clone(), stage.query.clone());
                tokio::spawn(async move { search.search(&query).await.unwrap().body.len() })
            };
            let searches: Vec<_> = (0..1_000).map(|_| one()).collect();
            for search in searches {
                search.await.unwrap();
            }
        });
    });
}

#[divan::bench]
fn admit(bencher: divan::Bencher<'_, '_>) {
    let (limiter, caller, now) = (Limiter::new(10, 10_000), CallerKey::token("profile", "token"), Instant::now());
    bencher.bench(|| limiter.admit(divan::black_box(&caller), now));
}

#[divan::bench]
fn parse(bencher: divan::Bencher<'_, '_>) {
    bencher.bench(|| {
        let pairs = [("q", "贵州茅台 三季报"), ("language", "zh-CN"), ("format", "json")];
        SearchQuery::parse(pairs.into_iter().map(|(name, value)| (name.into(), value.into()))).unwrap()
    });
}
