//! `twilight`: the operator's command line.
//!
//! Exit codes: 0 done; 1 failed, with the reason on stderr; 2 the command line is wrong. `status` and `check-config` have
//! exit codes of their own.

mod backup;
mod command;
mod commands;
mod demo;
mod disk_full;
mod ended;
mod host_name;
mod replica;
mod table;
mod usage;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use command::Command;
use daemon_kit::config::{Config, Environment};

/// Operates a Twilight installation: enqueue jobs, look at queues, findings and generations, run the demo.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Args {
    /// The configuration file; default `twilight.toml` here, if there is one.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Answer in JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("twilight: start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(ended(args));
    // A name that is still being looked up, or a disk that does not answer, keeps nobody waiting.
    runtime.shutdown_background();
    code
}

async fn ended(args: Args) -> ExitCode {
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<ended::Ended>() => {
            ExitCode::from(error.downcast_ref().map_or(1, |ended::Ended(code)| *code))
        }
        Err(error) => {
            eprintln!("twilight: {}", table::printable(&format!("{error:#}")));
            if error.is::<usage::UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    if let Command::Demo(demo) = args.command {
        return demo::run(demo).await;
    }
    let output = table::Output { json: args.json };
    if let Command::CheckConfig(check) = args.command {
        // That it cannot be loaded is its answer.
        return commands::check_config::run(check, args.config.as_deref(), output).await;
    }
    let config = Config::load(args.config.as_deref(), &Environment::real())?;
    args.command.run(&config, output).await
}
