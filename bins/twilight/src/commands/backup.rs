//! `twilight backup`: what a lost host is made of again.

mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use daemon_kit::{clock::Clock, config::Config};

use crate::{
    backup::{
        create::{self, create},
        moments::Moments,
        prune::prune,
        restore::{self, Budgets, Map, restore},
        snapshot::Kind,
        store::{Access, Store},
        verify::{self, verify},
    },
    host_name::host_name,
    table::Output,
};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Backs up what is on this host: warehouse, gateway, registry, and the secrets, sealed. Daemons go on meanwhile.
    Create {
        #[command(flatten)]
        at: At,
        /// Only this; may be given several times.
        #[arg(long = "part", value_enum)]
        parts: Vec<Kind>,
        /// Leave secrets and the configuration out.
        #[arg(long)]
        without_secrets: bool,
        /// What this host is called in the names of backups; its own name unless told otherwise.
        #[arg(long)]
        host: Option<String>,
    },
    /// Reads every piece of a backup, makes its stores in a scratch folder and opens them; names what is damaged.
    Verify {
        #[command(flatten)]
        at: At,
        /// The backup's id; the newest unless told otherwise.
        id: Option<String>,
        /// Every backup.
        #[arg(long, conflicts_with = "id")]
        all: bool,
        /// Compare hashes only.
        #[arg(long)]
        quick: bool,
        /// The recovery identity, to open the secrets too.
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
        /// Where stores are made to be opened; beside the backups unless told otherwise.
        #[arg(long, value_name = "FOLDER")]
        scratch: Option<PathBuf>,
        /// Get damaged pieces out of the way, so that the next backup stores them anew.
        #[arg(long)]
        set_aside: bool,
    },
    /// Restores a backup onto a host where nothing is. May be run again after it was broken off.
    Restore {
        #[command(flatten)]
        at: At,
        /// The backup's id; the newest unless told otherwise.
        id: Option<String>,
        /// The recovery identity, which opens the secrets.
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
        /// Only this; may be given several times.
        #[arg(long = "part", value_enum)]
        parts: Vec<Kind>,
        /// Where relative paths of the configuration start: the working folder of the daemons to be.
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        root: PathBuf,
        /// What began with OLD goes to NEW; may be given several times.
        #[arg(long = "map", value_name = "OLD=NEW")]
        maps: Vec<Map>,
        /// Leave secrets and the configuration out.
        #[arg(long)]
        without_secrets: bool,
        /// What becomes of today's budgets: the backup does not know what was spent since.
        #[arg(long, value_enum, default_value = "closed")]
        budgets: Budgets,
    },
    /// Lists backups, oldest first.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Forgets old backups, as backup.keep_days and backup.keep_months say, and gives their room back.
    Prune {
        #[command(flatten)]
        at: At,
        /// Days whose last backup stays.
        #[arg(long)]
        keep_days: Option<u32>,
        /// Months whose last backup stays.
        #[arg(long)]
        keep_months: Option<u32>,
        /// Say what would go, and remove nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Args)]
pub(crate) struct At {
    /// The folder of the backups. Default: backup.folder.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Carries it out.
pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let config = config.clone();
    tokio::task::spawn_blocking(move || carry_out(command, &config, output)).await?
}

fn carry_out(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let (settings, now) = (config.backup(), Clock::system().now());
    let folder = |at: At| at.folder.unwrap_or_else(|| settings.folder.clone());
    match command {
        Command::Create { at, parts, without_secrets, host } => {
            let host = host.unwrap_or_else(host_name);
            let created = create(&create::Wanted {
                config: settings,
                configuration: config.path(),
                folder: &folder(at),
                kinds: &parts,
                without_secrets,
                host: &show::plain(&host),
                now,
                moments: Moments::of_environment(),
            })?;
            output.print(&created, show::created)
        }
        Command::Verify { at, id, all, quick, identity, scratch, set_aside } => {
            let (folder, id) = (folder(at), id.as_deref());
            let (identity, scratch) = (identity.as_deref(), scratch.as_deref());
            let verified = verify(&verify::Wanted { folder: &folder, id, all, quick, identity, scratch, set_aside })?;
            output.print(&verified, show::verified)?;
            anyhow::ensure!(verified.problems.is_empty(), "{} problems were found", verified.problems.len());
            Ok(())
        }
        Command::Restore { at, id, identity, parts, root, maps, without_secrets, budgets } => {
            let restored = restore(restore::Wanted {
                folder: &folder(at),
                id: id.as_deref(),
                kinds: &parts,
                root: &root,
                maps,
                identity: identity.as_deref(),
                without_secrets,
                budgets,
                now,
                moments: Moments::of_environment(),
            })?;
            output.print(&restored, show::restored)
        }
        Command::List { at } => {
            let store = Store::open(&folder(at), Access::Read)?;
            let listed = store.ids()?.into_iter().map(|id| show::listed(&store, id)).collect::<Vec<_>>();
            output.print(&listed, |listed| show::list(listed))
        }
        Command::Prune { at, keep_days, keep_months, dry_run } => {
            let (days, months) = (keep_days.unwrap_or(settings.keep_days), keep_months.unwrap_or(settings.keep_months));
            let pruned = prune(&folder(at), days.max(1), months, dry_run)?;
            output.print(&pruned, |pruned| show::pruned(pruned, dry_run))
        }
    }
}
