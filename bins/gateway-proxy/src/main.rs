//! `gateway-proxy [--config twilight.toml] [--check-health] [import-new-api FILE [--dry-run] [--prices FILE]]`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    health_check, metrics, shutdown, telemetry,
};
use gateway_proxy::{CrashPoint, Import, Options};

/// A request's memory is taken on one thread and given back on another, the one that writes the books: the system's
/// allocator makes both wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One OpenAI-compatible endpoint over a pool of upstream keys, with limits, budgets and books.
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
    /// Takes over channels and prices of a New-API installation; its file is only read.
    ImportNewApi {
        /// New-API's SQLite file, such as one-api.db.
        file: PathBuf,
        /// Say what would be taken over, and store nothing.
        #[arg(long)]
        dry_run: bool,
        /// Write the prices to this new file instead of printing them.
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let environment = Environment::real();
    let config = Config::load(args.config.as_deref(), &environment).context("load configuration")?;
    if args.check_health {
        return Ok(health_check::check(&config, "gateway-proxy").await?);
    }
    let _telemetry = telemetry::init("gateway-proxy", config.telemetry()).context("start telemetry")?;
    if let Some(Command::ImportNewApi { file, dry_run, prices }) = args.command {
        let import = Import { file, dry_run, prices };
        return gateway_proxy::import_new_api(&import, &config, &Clock::system(), &mut std::io::stdout()).await;
    }
    let options = Options {
        gateway: config.gateway_proxy()?,
        queue: Some(config.queue()?),
        console: config.console().clone(),
        metrics: metrics::install().context("start metrics")?,
        clock: Clock::system(),
        crash_at: environment.get("TWILIGHT_CRASH_AT").map(CrashPoint::named),
    };
    let listen = options.gateway.listen;
    let listener = tokio::net::TcpListener::bind(listen).await;
    let listener = listener.with_context(|| format!("listen on {listen}, as gateway-proxy.listen says"))?;
    let shutdown = shutdown::on_signals().context("watch signals")?;
    gateway_proxy::run(options, listener, shutdown).await
}
