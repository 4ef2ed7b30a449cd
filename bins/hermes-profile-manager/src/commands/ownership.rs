//! `ownership`: whose the profiles are.

use clap::{Args, Subcommand};
use profile_store::{OwnerId, ProfileName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    claim::profile_name,
    proof::{self, Wait},
};
use crate::{
    client::{Begun, ClientError},
    context::Context,
    failure::Failure,
    output::table,
};

/// Owners.
#[derive(Subcommand)]
pub(crate) enum Ownership {
    /// List owners: your own profiles, or everybody's for hosts and operators
    List(List),
    /// Hand a profile over; it takes the word of both sides
    Transfer(Transfer),
    /// Agree to a transfer that somebody else began
    Accept(Accept),
}

/// Lists owners.
#[derive(Args)]
pub(crate) struct List {}

/// Hands a profile over.
#[derive(Args)]
pub(crate) struct Transfer {
    /// The profile.
    #[arg(value_parser = profile_name)]
    from: ProfileName,
    /// Who gets it: `tg:123456`, `wx:wx1234:oABC`.
    #[arg(value_parser = owner)]
    to: OwnerId,
    #[command(flatten)]
    wait: Wait,
}

/// Agrees to a transfer.
#[derive(Args)]
pub(crate) struct Accept {
    /// Its operation, as whoever began it was told.
    operation: String,
}

#[derive(Deserialize, Serialize)]
struct Line {
    profile: String,
    owner: String,
    verified_by: String,
    claimed_at: String,
}

#[derive(Deserialize, Serialize)]
struct Owners {
    owners: Vec<Line>,
}

fn owner(text: &str) -> Result<OwnerId, String> {
    OwnerId::parse(text.trim()).map_err(|error| error.to_string())
}

impl Ownership {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List(List {}) => list(context).await,
            Self::Transfer(transfer) => transfer.run(context).await,
            Self::Accept(accept) => accept.run(context).await,
        }
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let told: Owners = context.client()?.get("/ownership", &[]).await?;
    context.output.answer(&json!(told), || {
        let row =
            |line: &Line| [line.profile.clone(), line.owner.clone(), line.verified_by.clone(), line.claimed_at.clone()];
        table(["profile", "owner", "verified by", "since"], told.owners.iter().map(row))
    });
    Ok(())
}

impl Transfer {
    async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (profile, to, client) = (&self.from, &self.to, context.client()?);
        if context.dry_run {
            let would = json!({"event": "dry-run", "profile": profile.as_str(), "to": to.as_str()});
            context.output.event(&would, || format!("would hand {profile} over to {to}"));
            return Ok(());
        }
        let body = json!({"profile": profile.as_str(), "to": to.as_str()});
        let begun: Begun = client.post("/transfers", &body).await?;
        // This side's word is its token's; an operator has none.
        let told = match client.consent(&begun.operation).await {
            Ok(told) => Some(told),
            Err(ClientError::Problem(problem)) if problem.status == 403 => None,
            Err(error) => return Err(error.into()),
        };
        let agreed = told.as_ref().is_some_and(|told| told.from_agreed && told.to_agreed);
        if !agreed {
            let what = format!(
                "{to} has to agree to get {profile}, by this link or with `hermes-profile-manager ownership accept {}`:",
                begun.operation
            );
            proof::ask(context, &begun, &what);
        }
        proof::wait_for(&client, &begun, self.wait).await?;
        let answer = json!({"event": "done", "profile": profile.as_str(), "owner": to.as_str()});
        context.output.event(&answer, || format!("{profile} is {to}'s now"));
        Ok(())
    }
}

impl Accept {
    async fn run(&self, context: &Context) -> Result<(), Failure> {
        let is_name = self.operation.len() == 32 && self.operation.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name {
            return Err(Failure::Usage("an operation is 32 hexadecimal digits".to_owned()));
        }
        if context.dry_run {
            let would = json!({"dry_run": true, "operation": self.operation});
            context.output.answer(&would, || format!("would agree to {}", self.operation));
            return Ok(());
        }
        let told = context.client()?.consent(&self.operation).await?;
        let answer = json!({"operation": self.operation, "state": told.state, "reason": told.reason, "owner": told.to});
        context.output.answer(&answer, || match told.state.as_str() {
            "done" => "agreed; the profile is handed over".to_owned(),
            _ => "agreed; the other side has not yet".to_owned(),
        });
        Ok(())
    }
}
