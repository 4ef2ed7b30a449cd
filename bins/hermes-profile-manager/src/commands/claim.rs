//! `claim`: whoever proves who they are owns the profile, if nobody does.

use clap::Args;
use profile_store::ProfileName;
use reqwest::Method;
use serde_json::json;

use super::proof::{self, Wait};
use crate::{
    client::{Begun, Client},
    context::{Context, TokenSource},
    failure::Failure,
};

/// Claims a profile.
#[derive(Args)]
pub(crate) struct Claim {
    /// Its name.
    #[arg(value_parser = profile_name)]
    profile: ProfileName,
    #[command(flatten)]
    wait: Wait,
}

/// A profile's name as people type it.
pub(super) fn profile_name(text: &str) -> Result<ProfileName, String> {
    ProfileName::from_input(text).map_err(|error| error.to_string())
}

impl Claim {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let profile = &self.profile;
        // A token tells the registry at once where there is nothing to prove; without one, it is asked for a proof.
        let client = match context.client_and_source() {
            Ok((client, _)) => client,
            Err(Failure::NotLoggedIn(_)) => context.anonymous()?,
            Err(failure) => return Err(failure),
        };
        if context.dry_run {
            let would = json!({"event": "dry-run", "profile": profile.as_str(), "registry": client.url()});
            context.output.event(&would, || format!("would claim {profile} at {}", client.url()));
            return Ok(());
        }
        let request = client.request(Method::POST, "/claims").json(&json!({"profile": profile.as_str()}));
        let answer = client.ask_once(request).await.map_err(|(error, _)| error)?;
        if answer.status == reqwest::StatusCode::OK {
            return done(context, profile, "it is yours already", None);
        }
        let begun: Begun = client.json(&answer)?;
        proof::ask(context, &begun, &format!("Claim {profile}:"));
        let told = proof::wait_for(&client, &begun, self.wait).await?;
        let owner = told.owner.or(told.to);
        if let (Some(token), Some(owner)) = (told.token, &owner) {
            keep(context, &client, token, owner).await?;
        }
        done(context, profile, "it is yours now", owner.as_deref())
    }
}

/// The token of a claim is kept, unless another's is in use: then the login stays as it is.
async fn keep(
    context: &Context,
    client: &Client,
    token: daemon_kit::config::Secret,
    owner: &str,
) -> Result<(), Failure> {
    let kept = context.state.credentials()?;
    let is_anothers = kept.is_some_and(|kept| kept.url == client.url() && kept.actor != owner)
        && matches!(context.client_and_source(), Ok((_, TokenSource::Kept)));
    if is_anothers {
        return proof::revoke(&client.with_token(token)).await;
    }
    proof::keep(context, client, token, owner).await
}

fn done(context: &Context, profile: &ProfileName, what: &str, owner: Option<&str>) -> Result<(), Failure> {
    let answer = json!({"event": "done", "profile": profile.as_str(), "owner": owner, "told": what});
    context.output.event(&answer, || format!("{profile}: {what}"));
    Ok(())
}
