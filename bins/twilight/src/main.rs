//! `twilight`: the operator's command line.
//!
//! Exit codes: 0 done; 1 failed, with the reason on stderr; 2 the command line is wrong.

mod commands;
mod demo;
mod table;
mod usage;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
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

#[derive(Subcommand)]
enum Command {
    /// Put a job into its queue.
    Enqueue(commands::enqueue::Args),
    /// What a backfill of histories would cost, and how far the present one is.
    #[command(subcommand)]
    Backfill(commands::backfill::Command),
    /// Look at jobs and dead letters; send dead ones again.
    #[command(subcommand)]
    Jobs(commands::jobs::Command),
    /// What the checks found, how fresh the data is; check again.
    #[command(subcommand)]
    Quality(commands::quality::Command),
    /// The rows that were refused: look at them, store them after all, or close them.
    #[command(subcommand)]
    Quarantine(commands::quarantine::Command),
    /// Look at published generations and prove them whole.
    #[command(subcommand)]
    Generations(commands::generations::Command),
    /// Run the whole system on simulated upstreams, in a folder of its own.
    Demo(demo::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("twilight: {error:#}");
            if error.is::<usage::UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    if let Command::Demo(demo) = args.command {
        return demo::run(demo).await;
    }
    let config = Config::load(args.config.as_deref(), &Environment::real())?;
    let output = table::Output { json: args.json };
    match args.command {
        Command::Enqueue(args) => commands::enqueue::run(args, &config, output).await,
        Command::Backfill(command) => commands::backfill::run(command, &config, output).await,
        Command::Jobs(command) => commands::jobs::run(command, &config, output).await,
        Command::Quality(command) => commands::quality::run(command, &config, output).await,
        Command::Quarantine(command) => commands::quarantine::run(command, &config, output).await,
        Command::Generations(command) => commands::generations::run(command, &config, output),
        Command::Demo(_) => Ok(()),
    }
}
