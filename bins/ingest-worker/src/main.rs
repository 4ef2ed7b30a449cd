//! `ingest-worker [--config twilight.toml] [--check-health]`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use daemon_kit::{clock::Clock, config, health_check, metrics, shutdown, telemetry};
use ingest_worker::{CrashPoint, Options, Pace};

/// Fetches market data and is the warehouse's only writer.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The configuration file; default `twilight.toml` here, if there is one.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Ask the running daemon whether it lives, and end with 0 or 1: for health checks of containers.
    #[arg(long)]
    check_health: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let environment = config::Environment::real();
    let config = config::Config::load(args.config.as_deref(), &environment).context("load configuration")?;
    if args.check_health {
        return Ok(health_check::check(&config, "ingest-worker").await?);
    }
    let _telemetry = telemetry::init("ingest-worker", config.telemetry()).context("start telemetry")?;
    let worker = config.ingest_worker()?;
    let options = Options {
        pace: Pace::from(&worker),
        worker,
        queue: config.queue()?,
        warehouse: config.warehouse().clone(),
        metrics: metrics::install().context("start metrics")?,
        clock: Clock::system(),
        crash_at: environment.get("TWILIGHT_CRASH_AT").map(CrashPoint::named),
    };
    let listener = tokio::net::TcpListener::bind(options.worker.listen).await.context("listen")?;
    let shutdown = shutdown::on_signals().context("watch signals")?;
    ingest_worker::run(options, listener, shutdown).await
}
