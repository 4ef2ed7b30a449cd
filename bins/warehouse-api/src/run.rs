//! From a configuration to a running server.

use std::sync::Arc;

use access_tokens::Directory;
use anyhow::Context as _;
use chrono::{NaiveTime, TimeDelta};
use daemon_kit::{
    clock::Clock,
    config::{ConsoleConfig, QueueConfig, WarehouseApiConfig},
    metrics,
};
use quality_rules::freshness::FreshnessOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warehouse::{Reader, ReaderOptions};

use crate::{
    app::App, auth::Tokens, console::Mount, freshness_metrics, job_queues::JobQueues, publications::Publications,
    query_pool::QueryPool, replica_age::ReplicaAge, router, routes::search::SearchGateway, token_follower,
};

/// Everything a server needs from outside.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// `[warehouse-api]`
    pub api: WarehouseApiConfig,
    /// `[queue]`: where `POST /admin/*` sends jobs.
    pub queue: QueueConfig,
    /// `[warehouse] expected_by`: when a trading day's data is due, Shanghai time.
    pub expected_by: NaiveTime,
    /// `replica.unready_after_h`: a replica that is older is not ready.
    pub replica_unready_after: Option<TimeDelta>,
    /// `[console]`: the operator's pages.
    pub console: ConsoleConfig,
    /// What time it is.
    pub clock: Clock,
}

/// Serves on `listener` until `shutdown`, then finishes the requests in flight.
///
/// It starts whatever is or is not published: `/healthz` is green, `/readyz` and the data routes answer 503 until there is
/// a generation that can be read.
///
/// # Errors
/// When the metrics cannot be installed, the queue's URL cannot be used, or the reader's engine does not start.
pub async fn run(config: ServerConfig, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let ServerConfig { api, queue, expected_by, replica_unready_after, console, clock } = config;
    let metrics = metrics::install().context("install metrics")?;
    if api.tokens.is_empty() {
        tracing::warn!("no token is configured: only the gateway's access tokens open the data routes");
    }
    let directory = Arc::new(Directory::new());
    let followed = token_follower::follow(directory.clone(), &api, &queue, &clock, shutdown.clone())
        .context("follow the gateway's access tokens")?;
    let search = SearchGateway::new(&api.search).context("prepare the way to the gateway's search")?;
    let jobs = JobQueues::new(&queue).context("prepare the job queues")?;
    let freshness = FreshnessOptions { stale_after: api.stale_after, expected_by };
    let options = ReaderOptions {
        memory_limit_mb: api.memory_limit_mb,
        connections: api.connections as u32,
        query_timeout: api.request_timeout,
        ..ReaderOptions::default()
    };
    let published = api.published.clone();
    let reader = tokio::task::spawn_blocking(move || Reader::idle(&published, options)).await?;
    let reader = Arc::new(reader.context("open the warehouse's reader")?);
    let replica = ReplicaAge::new(api.published.clone(), replica_unready_after);
    let publications = Publications::new(reader.clone(), replica.clone());
    // Before the first request: a restart must not answer 503 where a generation is there.
    publications.look().await;
    if reader.current().is_none() {
        tracing::info!("nothing to serve yet, waiting for a generation in {}", api.published.display());
    }
    let follower = tokio::spawn({
        let (publications, shutdown) = (publications.clone(), shutdown.clone());
        async move { publications.follow(api.poll, shutdown).await }
    });
    let measured =
        tokio::spawn(freshness_metrics::measure(reader.clone(), freshness.clone(), clock.clone(), shutdown.clone()));
    let readiness = publications.readiness().note("access-tokens", token_follower::note(&directory, &clock));
    let (aged, now) = (replica.clone(), clock.clone());
    let readiness = readiness.check("replica", move || std::future::ready(aged.is_young_enough(now.now())));
    let tokens = Tokens::new(&api.tokens, directory, clock.clone());
    let app = Arc::new(App {
        reader,
        publications,
        replica,
        queries: QueryPool::new(api.connections, api.request_timeout),
        jobs,
        search,
        clock: clock.clone(),
        max_days: api.max_days,
        freshness,
    });
    let pages = Mount { config: &console, tokens: &tokens, clock: &clock, poll: api.poll, shutdown: &shutdown };
    let pages = pages.pages(&app);
    let server = router::server(app, &tokens, metrics).readiness(readiness);
    let server = match pages {
        Some(pages) => server.quiet_routes(pages),
        None => server,
    };
    let served = server.run(listener, shutdown).await.context("serve");
    follower.abort();
    measured.abort();
    followed.abort();
    served
}
