//! `quality-worker [--config twilight.toml] [--check-health | alerts --dry-run | alerts --test]`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use daemon_kit::{
    clock::Clock,
    config::{Checks, Config, Environment},
    disk::Disk,
    health_check, metrics, shutdown, telemetry,
};
use quality_worker::{CrashPoint, Options, Pace, Preview};

/// Judges what is published by the rules and the clock, and tells people.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The configuration file; default `twilight.toml` here, if there is one.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Ask the running daemon whether it lives, and end with 0 or 1: for health checks of containers.
    #[arg(long)]
    check_health: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Shows or tries the alerts.
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Alerts {
        /// Print exactly what would be sent now, and send nothing.
        #[arg(long, group = "what")]
        dry_run: bool,
        /// Send a test message to every target, and say how that went.
        #[arg(long, group = "what")]
        test: bool,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let environment = Environment::real();
    let config = Config::load(args.config.as_deref(), &environment).context("load configuration")?;
    if args.check_health {
        return Ok(health_check::check(&config, "quality-worker").await?);
    }
    let _telemetry = telemetry::init("quality-worker", config.telemetry()).context("start telemetry")?;
    let worker = config.quality_worker()?;
    let expected_by = config.warehouse().expected_by;
    let mut out = std::io::stdout().lock();
    match args.command {
        Some(Command::Alerts { test: true, .. }) => {
            return quality_worker::send_test(&worker, &Clock::system(), &mut out).await;
        }
        Some(Command::Alerts { .. }) => {
            return quality_worker::dry_run(&Preview { worker, expected_by, clock: Clock::system() }, &mut out);
        }
        None => drop(out),
    }
    let options = Options {
        pace: Pace::from(&worker),
        queue: (worker.checks == Checks::All).then(|| config.queue()).transpose()?,
        worker,
        expected_by,
        metrics: metrics::install().context("start metrics")?,
        clock: Clock::system(),
        replica_alert_after: config.replica().alert_after,
        disks: std::sync::Arc::new(Disk::of),
        crash_at: environment.get("TWILIGHT_CRASH_AT").map(CrashPoint::named),
    };
    let listener = tokio::net::TcpListener::bind(options.worker.listen).await.context("listen")?;
    let shutdown = shutdown::on_signals().context("watch signals")?;
    quality_worker::run(options, listener, shutdown).await
}
