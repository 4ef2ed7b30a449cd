//! `profile-registry [--config twilight.toml] [command]`: without a command it serves.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use profile_registry::{Hook, Told};

/// Serves agent profiles out of git, and lets only their owners change them.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// The configuration file; default `twilight.toml` here, if there is one.
    #[arg(long, global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Ask the running daemon whether it lives, and end with 0 or 1: for health checks of containers.
    #[arg(long)]
    pub(crate) check_health: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// What git asks before it accepts a push; only git runs it.
    #[command(hide = true)]
    Hook {
        hook: Hook,
        #[command(flatten)]
        told: Box<Told>,
    },
    /// Serves git over SSH, for one key; `authorized-keys` prints the line by which sshd runs it.
    ServeSsh(ServeSsh),
    /// Prints the line of `authorized_keys` that lets a public key clone, fetch and push, and do nothing else.
    ///
    /// Put it into `~/.ssh/authorized_keys` of the user that runs this daemon. Who revokes the credential shuts this door
    /// too. Clients clone `ssh://<that user>@<host>/registry.git` or `/mine.git`.
    AuthorizedKeys {
        /// The id of a credential, as `GET /credentials` lists it, or `admin`.
        #[arg(long)]
        credential: String,
        /// The public key, as the file that ends in `.pub` holds it.
        public_key: String,
    },
    /// Packs the repositories now; the daemon may run, and does it by itself from time to time.
    Pack,
}

#[derive(Args)]
pub(crate) struct ServeSsh {
    /// The registry's folder.
    #[arg(long)]
    pub(crate) state: PathBuf,
    /// Whose key it is: `admin`, or the id of a credential.
    #[arg(long)]
    pub(crate) actor_by_key: String,
    #[arg(long, env = "SSH_ORIGINAL_COMMAND", hide = true)]
    pub(crate) wish: Option<String>,
    #[arg(long, env = "GIT_PROTOCOL", hide = true)]
    pub(crate) protocol: Option<String>,
}
