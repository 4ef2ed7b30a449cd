//! From a configuration to a running gateway.

use std::sync::Arc;

use anyhow::Context as _;
use daemon_kit::{
    clock::Clock,
    config::{ConsoleConfig, GatewayConfig, GatewayMode, QueueConfig},
    crash_point::CrashPoint,
    metrics::Metrics,
    server::{Lanes, Server},
};
use llm_upstream::{UpstreamOptions, Upstreams};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{channels::Channels, daemon::Daemon, router};

/// Everything the daemon is given.
pub struct Options {
    /// `[gateway-proxy]`.
    pub gateway: GatewayConfig,
    /// `[queue]`; `None` for a gateway without jobs, roll-ups and readers of its tokens.
    pub queue: Option<QueueConfig>,
    /// `[console]`.
    pub console: ConsoleConfig,
    /// The process's metrics.
    pub metrics: Metrics,
    /// Now.
    pub clock: Clock,
    /// Where to die, in fault tests.
    pub crash_at: Option<CrashPoint>,
}

/// Runs until `shutdown`, then lets answers come to their end, settles what is left and closes the books.
///
/// # Errors
/// When the configuration cannot be used, another gateway keeps the books, or the server fails.
pub async fn run(options: Options, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Options { gateway: config, queue, console, metrics, clock, crash_at } = options;
    let upstreams = Upstreams::new(UpstreamOptions {
        connect_timeout: config.connect_timeout,
        first_byte_timeout: config.first_byte_timeout,
        answer_timeout: config.answer_timeout,
        idle_timeout: config.idle_timeout,
        lane: Lanes::current,
        ..UpstreamOptions::default()
    })
    .context("prepare connections to upstreams")?;
    // Until everything that requests began has ended, and the books are closed.
    let lanes = Arc::new(Lanes::new().context("start a thread for each processor")?);
    let server = Server::new("gateway-proxy", metrics).lanes(lanes.clone());
    if config.mode == GatewayMode::Plain {
        let channels = Channels::new(&config)?.targets();
        tracing::warn!("mode = \"plain\": no tokens, limits, budgets and books");
        let server = router::plain(server, &config, upstreams, channels);
        return server.run(listener, shutdown).await.context("serve");
    }
    let daemon = Daemon::open(config, upstreams, clock, crash_at).await?;
    let served = daemon.serve(queue, console, server, listener, shutdown).await;
    drop(lanes);
    served
}
