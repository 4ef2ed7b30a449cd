//! `profile-registry [--config twilight.toml] [serve-ssh | authorized-keys | pack]`

use std::{io, path::Path, process::ExitCode};

use anyhow::Context as _;
use clap::Parser as _;
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    crash_point::CrashPoint,
    health_check, metrics, shutdown, telemetry,
};
use profile_registry::{Options, authorized_keys, pack, run_hook, serve_ssh};

use crate::cli::{Cli, Command};

mod cli;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Cli { config, check_health, command } = Cli::parse();
    if check_health {
        let config = Config::load(config.as_deref(), &Environment::real()).context("load configuration")?;
        health_check::check(&config, "profile-registry").await?;
        return Ok(ExitCode::SUCCESS);
    }
    let program = std::env::current_exe().context("find this program")?;
    match command {
        None => serve(config.as_deref(), &program).await.map(|()| ExitCode::SUCCESS),
        Some(Command::Hook { hook, told }) => {
            let git = (io::stdin().lock(), io::stdout().lock(), io::stderr().lock());
            Ok(run_hook(hook, &told, git.0, git.1, git.2))
        }
        Some(Command::ServeSsh(asked)) => {
            let (wish, protocol) = (asked.wish.as_deref(), asked.protocol.as_deref());
            serve_ssh(&asked.state, &asked.actor_by_key, wish, protocol, &program).await
        }
        Some(Command::AuthorizedKeys { credential, public_key }) => {
            let config = Config::load(config.as_deref(), &Environment::real()).context("load configuration")?;
            let state = config.profile_registry()?.state;
            let state = state.canonicalize().with_context(|| format!("find {}", state.display()))?;
            println!("{}", authorized_keys(&state, &credential, &public_key, &program).await?);
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Pack) => {
            let config = Config::load(config.as_deref(), &Environment::real()).context("load configuration")?;
            println!("packed {} repositories", pack(&config.profile_registry()?.state, &Clock::system())?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn serve(config: Option<&Path>, program: &Path) -> anyhow::Result<()> {
    let environment = Environment::real();
    let config = Config::load(config, &environment).context("load configuration")?;
    let _telemetry = telemetry::init("profile-registry", config.telemetry()).context("start telemetry")?;
    let options = Options {
        registry: config.profile_registry()?,
        queue: Some(config.queue()?),
        console: config.console().clone(),
        metrics: metrics::install().context("start metrics")?,
        clock: Clock::system(),
        program: program.to_owned(),
        crash_at: environment.get("TWILIGHT_CRASH_AT").map(CrashPoint::named),
    };
    let listen = options.registry.listen;
    let listener = tokio::net::TcpListener::bind(listen).await;
    let listener = listener.with_context(|| format!("listen on {listen}, as profile-registry.listen says"))?;
    let shutdown = shutdown::on_signals().context("watch signals")?;
    profile_registry::run(options, listener, shutdown).await
}
