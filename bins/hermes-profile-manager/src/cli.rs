//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::{
    commands::{adopt, claim, doctor, history, host, list, login, logout, ownership, restore, show, sync, template},
    context::Context,
    failure::Failure,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: a file, the disk, or something that the message names
  2  the command line is wrong
  3  a conflict: nothing of that profile was changed, and a person has to decide
  4  the registry refused
  5  not logged in, or the token is no longer valid
  6  the registry cannot be reached
  7  pending: the proof was not given in time

Environment: HERMES_HOME, TWILIGHT_REGISTRY_URL, TWILIGHT_REGISTRY_TOKEN.";

/// Keeps Hermes profiles on this machine in step with the profile registry.
#[derive(Parser)]
#[command(name = "hermes-profile-manager", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Args {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(ClapArgs, Clone, Debug)]
pub(crate) struct Globals {
    /// Hermes's folder; default ~/.hermes. Profiles are in its `profiles`.
    #[arg(long, global = true, env = "HERMES_HOME", value_name = "FOLDER")]
    pub(crate) home: Option<PathBuf>,
    /// The registry; default the one that `login` was given, or http://127.0.0.1:8200.
    #[arg(long, global = true, env = "TWILIGHT_REGISTRY_URL", value_name = "URL")]
    pub(crate) registry: Option<String>,
    /// A file that holds the token, in place of the one that `login` kept.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say what would be done, and change nothing here or in the registry.
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// Say nothing but errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Prove who you are with Telegram, and keep the token that is given for it
    Login(login::Login),
    /// End the token, here and in the registry
    Logout(logout::Logout),
    /// Become the owner of a profile that has none
    Claim(claim::Claim),
    /// Commit what was changed here; the registry must not have moved on
    Push(sync::Push),
    /// Merge what the registry has into the files here
    Pull(sync::Pull),
    /// Pull and push: merge, commit the result, and write it here
    Sync(sync::Sync),
    /// List profiles, here and in the registry
    List(list::List),
    /// Show a profile, and what was changed here since the last commit
    Show(show::Show),
    /// List the commits of a profile
    History(history::History),
    /// Bring back what a profile was at a commit, as a new commit
    Restore(restore::Restore),
    /// List owners, hand a profile over
    #[command(subcommand)]
    Ownership(ownership::Ownership),
    /// List templates, make profiles from them
    #[command(subcommand)]
    Template(template::Template),
    /// Take an existing profile in: secrets out of its settings, model and search to the gateway
    Adopt(adopt::Adopt),
    /// What a registered host does: fetch secrets, lay profiles out
    #[command(subcommand)]
    Host(host::Host),
    /// Look for what is wrong: registry, token, permissions, leftovers, secrets in files
    Doctor(doctor::Doctor),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Login(command) => command.run(context).await,
            Self::Logout(command) => command.run(context).await,
            Self::Claim(command) => command.run(context).await,
            Self::Push(command) => command.run(context).await,
            Self::Pull(command) => command.run(context).await,
            Self::Sync(command) => command.run(context).await,
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::History(command) => command.run(context).await,
            Self::Restore(command) => command.run(context).await,
            Self::Ownership(command) => command.run(context).await,
            Self::Template(command) => command.run(context).await,
            Self::Adopt(command) => command.run(context).await,
            Self::Host(command) => command.run(context).await,
            Self::Doctor(command) => command.run(context).await,
        }
    }
}
