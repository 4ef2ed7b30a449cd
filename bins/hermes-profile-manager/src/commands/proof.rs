//! Waiting for somebody's proof.

use std::time::Duration;

use clap::Args;
use daemon_kit::config::Secret;
use serde_json::json;

use crate::{
    client::{Begun, Client, ClientError, Told},
    context::{Context, TokenSource},
    failure::Failure,
    state::Credentials,
};

/// How often is asked whether the proof was given.
const EVERY: Duration = Duration::from_secs(1);

/// How long to wait.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Wait {
    /// How long to wait for the proof, in seconds; the registry waits 15 minutes at most.
    #[arg(long, default_value_t = 900, value_name = "SECONDS")]
    pub(crate) wait: u64,
}

/// Says where to prove it.
pub(crate) fn ask(context: &Context, begun: &Begun, what: &str) {
    let Begun { operation, code, link, expires_at, .. } = begun;
    let event = json!({
        "event": "proof", "operation": operation, "code": code, "link": link, "expires_at": expires_at,
    });
    context.output.event(&event, || {
        let link = link.as_deref().unwrap_or("(the registry has no Telegram bot configured)");
        format!("{what}\nOpen {link}\nand confirm it in Telegram if it shows the code {code} (until {expires_at}).")
    });
}

/// Asks until the operation is over.
///
/// # Errors
/// [`Failure::Pending`] where it is not in time, [`Failure::Refused`] where it is refused.
pub(crate) async fn wait_for(client: &Client, begun: &Begun, wait: Wait) -> Result<Told, Failure> {
    let until = tokio::time::Instant::now() + Duration::from_secs(wait.wait);
    loop {
        let told = match client.operation(begun).await {
            Ok(told) => told,
            Err(ClientError::Problem(problem)) if problem.kind == "operation-expired" => {
                return Err(Failure::Pending("the proof was not given in time: begin again".to_owned()));
            }
            // What was begun goes on without us.
            Err(ClientError::Unreachable(_)) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(EVERY).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match told.state.as_str() {
            "done" => return Ok(told),
            "refused" => {
                let detail = told.reason.clone().unwrap_or_else(|| "the operation was refused".to_owned());
                return Err(Failure::Refused { kind: "declined".to_owned(), detail, refusals: Vec::new() });
            }
            _ => {}
        }
        if tokio::time::Instant::now() >= until {
            let what =
                format!("nobody has confirmed it within {} s; the link is good until {}", wait.wait, begun.expires_at);
            return Err(Failure::Pending(what));
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Keeps the token that came of a proof, in place of the one that was kept before; that one ends.
///
/// # Errors
/// Where it cannot be written: then the new token ends, too.
pub(crate) async fn keep(context: &Context, client: &Client, token: Secret, owner: &str) -> Result<(), Failure> {
    let fresh = client.with_token(token.clone());
    // Whoever brings a token of their own does not want another one kept.
    let before = match context.client_and_source() {
        Ok((_, TokenSource::Given)) => return revoke(&fresh).await,
        Ok((before, TokenSource::Kept)) => Some(before),
        Err(_) => None,
    };
    let kept = Credentials { url: client.url().to_owned(), token, actor: owner.to_owned(), kind: "owner".to_owned() };
    let written = async { context.lock().await?.put_credentials(&kept) }.await;
    if let Err(failure) = written {
        revoke(&fresh).await?;
        return Err(failure);
    }
    if let Some(before) = before
        && let Err(failure) = revoke(&before).await
    {
        context.output.note(&format!("the token before this one could not be ended: {failure}"));
    }
    Ok(())
}

/// Ends a token. One that has ended already is no error.
///
/// # Errors
/// Where the registry does not answer.
pub(crate) async fn revoke(client: &Client) -> Result<(), Failure> {
    match client.revoke_token().await {
        Ok(()) | Err(ClientError::Unauthorized(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
