//! `logout`: the token ends, here and in the registry.

use clap::Args;
use serde_json::json;

use super::proof;
use crate::{client::Client, context::Context, failure::Failure};

/// Ends the token that `login` kept.
#[derive(Args)]
pub(crate) struct Logout {
    /// Forget it here even where the registry cannot be told: it stays valid there.
    #[arg(long)]
    local: bool,
}

impl Logout {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let Some(kept) = context.state.credentials()? else {
            context.output.answer(&json!({"logged_out": false}), || "there is no token".to_owned());
            return Ok(());
        };
        let client = Client::new(&kept.url, Some(kept.token.clone()))?;
        if !context.dry_run {
            // An operator's token stands in the registry's configuration, and is ended there.
            if !self.local && kept.kind != "admin" {
                proof::revoke(&client).await?;
            }
            context.lock().await?.forget_credentials()?;
        }
        let answer = json!({"logged_out": !context.dry_run, "dry_run": context.dry_run, "actor": kept.actor, "registry": kept.url});
        context.output.answer(&answer, || {
            let verb = if context.dry_run { "would be" } else { "is" };
            format!("{} {verb} logged out of {}", kept.actor, kept.url)
        });
        Ok(())
    }
}
