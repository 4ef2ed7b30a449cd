//! The daemon: configuration, telemetry, a listener, and [`warehouse_api::run`].

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    health_check, shutdown, telemetry,
};
use tokio::net::TcpListener;
use warehouse_api::ServerConfig;

/// Serves the published generations of the warehouse over HTTP.
#[derive(Debug, Parser)]
#[command(name = "warehouse-api", version)]
struct Args {
    /// The configuration; default: the file that TWILIGHT_CONFIG names, or twilight.toml in the working folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Ask the running daemon whether it lives, and end with 0 or 1: for health checks of containers.
    #[arg(long)]
    check_health: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let shutdown = shutdown::on_signals().context("listen for signals")?;
    let args = Args::parse();
    let config = Config::load(args.config.as_deref(), &Environment::real()).context("load configuration")?;
    if args.check_health {
        return Ok(health_check::check(&config, "warehouse-api").await?);
    }
    let _telemetry = telemetry::init("warehouse-api", config.telemetry()).context("start telemetry")?;
    let api = config.warehouse_api().context("load configuration")?;
    let queue = config.queue().context("load configuration")?;
    let expected_by = config.warehouse().expected_by;
    let console = config.console().clone();
    let replica_unready_after = config.replica().unready_after;
    let listener = TcpListener::bind(api.listen).await.with_context(|| format!("listen on {}", api.listen))?;
    warehouse_api::run(
        ServerConfig { api, queue, expected_by, replica_unready_after, console, clock: Clock::system() },
        listener,
        shutdown,
    )
    .await
}
