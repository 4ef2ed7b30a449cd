//! `profile-registry [--config twilight.toml]`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    crash_point::CrashPoint,
    metrics, shutdown, telemetry,
};
use profile_registry::Options;

/// Serves agent profiles out of git, and lets only their owners change them.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The configuration file; default `twilight.toml` here, if there is one.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let environment = Environment::real();
    let config = Config::load(args.config.as_deref(), &environment).context("load configuration")?;
    let _telemetry = telemetry::init("profile-registry", config.telemetry()).context("start telemetry")?;
    let options = Options {
        registry: config.profile_registry()?,
        queue: Some(config.queue()?),
        metrics: metrics::install().context("start metrics")?,
        clock: Clock::system(),
        crash_at: environment.get("TWILIGHT_CRASH_AT").map(CrashPoint::named),
    };
    let listen = options.registry.listen;
    let listener = tokio::net::TcpListener::bind(listen).await;
    let listener = listener.with_context(|| format!("listen on {listen}, as profile-registry.listen says"))?;
    let shutdown = shutdown::on_signals().context("watch signals")?;
    profile_registry::run(options, listener, shutdown).await
}
