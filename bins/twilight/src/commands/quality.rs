//! `twilight quality`: what the checks found, how fresh the data is, checking again.

mod check;
mod findings;
mod rules;
mod status;

use clap::Subcommand;
use daemon_kit::config::Config;

use crate::table::Output;

pub(super) use rules::rules;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Findings in the published generation, newest first.
    Findings(findings::Args),
    /// Run every rule over days of the published generation, or over all of it.
    Check(check::Args),
    /// How fresh every source is, when the checks ran, what is open.
    Status,
    /// Every rule: what it finds and who raises it.
    Rules,
}

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    match command {
        Command::Findings(args) => findings::run(args, config, output),
        Command::Check(args) => check::run(args, config, output).await,
        Command::Status => status::run(config, output),
        Command::Rules => rules::run(output),
    }
}
