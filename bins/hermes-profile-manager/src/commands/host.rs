//! `host init|sync`.

mod init;
mod sync;

use clap::Subcommand;

use crate::{context::Context, failure::Failure};

/// What a registered host does.
#[derive(Subcommand)]
pub(crate) enum Host {
    /// Make this machine's age identity, and print the recipient that an operator registers it with
    Init,
    /// Fetch the secrets of the profiles that this host serves, lay the profiles out, and tell the registry
    Sync(sync::Sync),
}

impl Host {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Init => init::run(context).await,
            Self::Sync(command) => command.run(context).await,
        }
    }
}
