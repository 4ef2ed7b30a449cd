//! `login`: a token, for a proof or from stdin.

use std::io::Read as _;

use clap::Args;
use serde_json::json;

use super::proof::{self, Wait};
use crate::{
    client::{Begun, Client},
    context::{Context, as_token},
    failure::Failure,
    state::Credentials,
};

const TOKEN_BYTES_MAX: u64 = 4_096;

/// Proves who the user is, and keeps the token.
#[derive(Args)]
pub(crate) struct Login {
    /// Read the token from stdin instead: a host's, an operator's, or one that was made elsewhere.
    #[arg(long)]
    token_stdin: bool,
    #[command(flatten)]
    wait: Wait,
}

impl Login {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.anonymous()?;
        let actor =
            if self.token_stdin { from_stdin(context, &client).await? } else { self.prove(context, &client).await? };
        let Some(actor) = actor else { return Ok(()) };
        let answer = json!({"event": "done", "registry": client.url(), "actor": actor});
        context.output.event(&answer, || format!("logged in at {} as {actor}", client.url()));
        Ok(())
    }

    async fn prove(&self, context: &Context, client: &Client) -> Result<Option<String>, Failure> {
        if context.dry_run {
            let would = json!({"event": "dry-run", "registry": client.url()});
            context.output.event(&would, || format!("would ask {} for a login", client.url()));
            return Ok(None);
        }
        if context.given_token()?.is_some() {
            let what =
                "a token is given by --token-file or TWILIGHT_REGISTRY_TOKEN, and would be used in place of this one";
            return Err(Failure::Usage(what.to_owned()));
        }
        let begun: Begun = client.post("/login", &json!({})).await?;
        proof::ask(context, &begun, "Log in:");
        let told = proof::wait_for(client, &begun, self.wait).await?;
        let (Some(owner), Some(token)) = (told.owner, told.token) else {
            return Err(Failure::failed("the registry confirmed the login without a token"));
        };
        proof::keep(context, client, token, &owner).await?;
        Ok(Some(owner))
    }
}

async fn from_stdin(context: &Context, client: &Client) -> Result<Option<String>, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().take(TOKEN_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| Failure::failed(format!("read the token from stdin: {error}")))?;
    let token = as_token(&text).ok_or_else(|| Failure::Usage("stdin has no token".to_owned()))?;
    let who = client.with_token(token.clone()).who().await?;
    if context.dry_run {
        let would = json!({"event": "dry-run", "registry": client.url(), "actor": who.actor});
        context.output.event(&would, || format!("would log in at {} as {}", client.url(), who.actor));
        return Ok(None);
    }
    let kept = Credentials { url: client.url().to_owned(), token, actor: who.actor.clone(), kind: who.kind };
    context.lock().await?.put_credentials(&kept)?;
    Ok(Some(who.actor))
}
