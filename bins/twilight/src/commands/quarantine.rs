//! `twilight quarantine`: the rows that were refused.

mod decide;
mod list;
mod show;

use clap::Subcommand;
use daemon_kit::config::Config;
use job_queue::payload::WarehouseWriteJob;

use self::decide::Decide;
use crate::table::Output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Refused rows in the published generation, newest first. What was refused since its publish shows with the next one.
    List(list::Args),
    /// Everything about one refused row, with the row as the vendor sent it.
    Show {
        /// The entry's id.
        id: String,
    },
    /// Store refused rows after all. The gate judges them again, and what it refuses still stays where it is.
    Release {
        #[command(flatten)]
        decide: Decide,
        /// Store what the gate refuses still, as far as it can be stored at all. The decision is kept with its author.
        #[arg(long)]
        force: bool,
    },
    /// Close refused rows without using them.
    Discard {
        #[command(flatten)]
        decide: Decide,
    },
}

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    match command {
        Command::List(args) => list::run(args, config, output),
        Command::Show { id } => show::run(&id, config, output),
        Command::Release { decide, force } => {
            decide.send(force, WarehouseWriteJob::ReleaseQuarantine, config, output).await
        }
        Command::Discard { decide } => decide.send(false, WarehouseWriteJob::DiscardQuarantine, config, output).await,
    }
}
