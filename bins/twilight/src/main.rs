//! `twilight`: the operator's command line.
//!
//! Exit codes: 0 done; 1 failed, with the reason on stderr; 2 the command line is wrong.

mod command;
mod commands;
mod demo;
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

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
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
    let config = Config::load(args.config.as_deref(), &Environment::real())?;
    let output = table::Output { json: args.json };
    args.command.run(&config, output).await
}
