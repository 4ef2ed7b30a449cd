//! `twilight replica`: copies of what is published, on other hosts.

mod show;
mod status;
mod verify;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use daemon_kit::{clock::Clock, config::Config};

use crate::{
    replica::{self, Options, place::Place},
    table::Output,
    usage::usage,
};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Copies the newest generation of this host's warehouse to the replica, which verifies it and makes it current.
    Push {
        /// Where to: user@host: over ssh, or the root folder of the replica's warehouse. Default: replica.target.
        #[arg(long, value_name = "PLACE")]
        to: Option<Place>,
        #[command(flatten)]
        transfer: Transfer,
    },
    /// Copies the newest generation of another host to this one, verifies it and makes it current.
    Pull {
        /// Where from: rsync://host/module, user@host:/path/published, or a folder. Default: replica.source.
        #[arg(long, value_name = "PLACE")]
        from: Option<Place>,
        #[command(flatten)]
        transfer: Transfer,
    },
    /// How old the replica is: the one on this host, and the one that this host pushes to.
    Status,
    /// Reads every file of a generation on this host, and names what is damaged.
    Verify {
        /// The generation's number; the current one unless told otherwise.
        generation: Option<u64>,
    },
    /// Restores the copy into a scratch folder, asks it everything that readers ask, and removes it again.
    Drill {
        /// Where from; what is published on this host unless told otherwise.
        #[arg(long, value_name = "PLACE")]
        from: Option<Place>,
        /// Where to restore to; beside the warehouse unless told otherwise.
        #[arg(long, value_name = "FOLDER")]
        scratch: Option<PathBuf>,
        /// What the transfer may take of the line, KiB a second.
        #[arg(long, value_name = "KIB")]
        bandwidth_limit: Option<u64>,
    },
    /// The receiving end of a push: the forced command of a key in authorized_keys.
    Receive {
        /// The root folder of the replica's warehouse. Default: warehouse.root.
        #[arg(long, value_name = "FOLDER")]
        root: Option<PathBuf>,
        #[arg(long, env = "SSH_ORIGINAL_COMMAND", hide = true, default_value = "")]
        wish: String,
    },
}

/// How a transfer is carried out.
#[derive(clap::Args)]
pub(crate) struct Transfer {
    /// What the transfer may take of the line, KiB a second. Default: replica.bandwidth_limit_kib.
    #[arg(long, value_name = "KIB")]
    bandwidth_limit: Option<u64>,
    /// Put a replica back to an older generation, or to another one of the same number: after the source was restored.
    #[arg(long)]
    replace_newer: bool,
}

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let config = config.clone();
    // Files, child processes and DuckDB: nothing of it is for the runtime's own threads.
    tokio::task::spawn_blocking(move || carry_out(command, &config, output)).await.context("the command panicked")?
}

fn carry_out(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let (clock, root) = (Clock::system(), config.warehouse().root.clone());
    let options = |limit: Option<u64>, replace_newer: bool| Options {
        config: config.replica(),
        keep_generations: config.warehouse().keep_generations,
        bandwidth_limit_kib: limit.filter(|limit| *limit > 0).or(config.replica().bandwidth_limit_kib),
        replace_newer,
        progress: !output.json,
        clock: &clock,
    };
    match command {
        Command::Push { to, transfer } => {
            let to = named(to, config.replica().target.as_deref(), "--to", "replica.target")?;
            let outcome = replica::push(&root, &to, &options(transfer.bandwidth_limit, transfer.replace_newer))?;
            show::outcome(&outcome, output)
        }
        Command::Pull { from, transfer } => {
            let from = named(from, config.replica().source.as_deref(), "--from", "replica.source")?;
            let outcome = replica::pull(from, &root, &options(transfer.bandwidth_limit, transfer.replace_newer))?;
            show::outcome(&outcome, output)
        }
        Command::Status => status::run(config, &options(None, false), output),
        Command::Verify { generation } => verify::run(config, generation, &clock, output),
        Command::Drill { from, scratch, bandwidth_limit } => {
            let from = from.unwrap_or_else(|| Place::Folder(config.warehouse().published()));
            let scratch = scratch.unwrap_or_else(|| root.clone());
            let options = Options { keep_generations: 1, ..options(bandwidth_limit, false) };
            let rehearsed = replica::drill::drill(from, &root, &scratch, &options)?;
            show::rehearsed(&rehearsed, output)
        }
        Command::Receive { root: given, wish } => {
            let root = given.unwrap_or(root);
            let setup = replica::receive::Setup {
                root: &root,
                rsync: &config.replica().rsync,
                keep_generations: config.warehouse().keep_generations,
                clock: &clock,
            };
            replica::receive::receive(&wish, &setup)
        }
    }
}

fn named(given: Option<Place>, configured: Option<&str>, option: &str, key: &str) -> anyhow::Result<Place> {
    match (given, configured) {
        (Some(place), _) => Ok(place),
        (None, Some(text)) => text.parse().map_err(|problem| usage(format!("{key}: {problem}"))),
        (None, None) => Err(usage(format!("name the other side with {option}, or {key} in the configuration"))),
    }
}
