//! `twilight search`: the web search behind the gateway.

mod check;
mod status;

use clap::Subcommand;
use daemon_kit::config::Config;

use crate::table::Output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Compares a running SearXNG with what the gateway needs; fails where something is missing.
    Check(check::Check),
    /// How the search's engines and its cache fare, as the gateway sees them.
    Status,
}

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    match command {
        Command::Check(check) => check.run(config, output).await,
        Command::Status => status::run(config, output).await,
    }
}
