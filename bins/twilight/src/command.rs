//! The commands, and where each is carried out.

use clap::Subcommand;
use daemon_kit::config::Config;

use crate::{commands, demo, table::Output};

#[derive(Subcommand)]
pub(crate) enum Command {
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
    /// Generations as Parquet files, for readers that are not ours: write, prove, show them.
    #[command(subcommand)]
    Parquet(commands::parquet::Command),
    /// Copies of what is published on other hosts: push and pull them, see how old they are, rehearse a restore.
    #[command(subcommand)]
    Replica(commands::replica::Command),
    /// Backups of warehouse, gateway, registry and secrets: take, prove, restore and forget them.
    #[command(subcommand)]
    Backup(commands::backup::Command),
    /// The gateway's upstream keys: how they are, what was asked of them, what that cost; change them.
    #[command(subcommand)]
    Channels(commands::channels::Command),
    /// Who may call the gateway, and the other daemons with it: make, list and revoke tokens.
    #[command(subcommand)]
    Tokens(commands::tokens::Command),
    /// The web search behind the gateway: check its SearXNG, see how its engines fare.
    #[command(subcommand)]
    Search(commands::search::Command),
    /// The whole system on one screen: daemons, queues, data, replica, channels, orders, disks. Ends with 0 where all is well, 1
    /// where somebody should look, 3 where something is down.
    Status,
    /// Read the configuration as every daemon would, secrets and files included, and say what is wrong with it.
    CheckConfig(commands::check_config::Args),
    /// Run the whole system on simulated upstreams, in a folder of its own.
    Demo(demo::Args),
}

impl Command {
    /// Carries it out.
    pub(crate) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Enqueue(args) => commands::enqueue::run(args, config, output).await,
            Self::Backfill(command) => commands::backfill::run(command, config, output).await,
            Self::Jobs(command) => commands::jobs::run(command, config, output).await,
            Self::Quality(command) => commands::quality::run(command, config, output).await,
            Self::Quarantine(command) => commands::quarantine::run(command, config, output).await,
            Self::Generations(command) => commands::generations::run(command, config, output),
            Self::Parquet(command) => commands::parquet::run(command, config, output),
            Self::Replica(command) => commands::replica::run(command, config, output).await,
            Self::Backup(command) => commands::backup::run(command, config, output).await,
            Self::Channels(command) => commands::channels::run(command, config, output).await,
            Self::Tokens(command) => commands::tokens::run(command, config, output).await,
            Self::Search(command) => commands::search::run(command, config, output).await,
            Self::Status => commands::status::run(config, output).await,
            // It reads the configuration by itself.
            Self::CheckConfig(args) => commands::check_config::run(args, config.path(), output).await,
            // It makes a configuration of its own, before one is read.
            Self::Demo(demo) => demo::run(demo).await,
        }
    }
}
