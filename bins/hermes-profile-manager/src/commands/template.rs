//! `template list|create|apply`.

mod apply;
mod create;

use clap::Subcommand;
use profile_store::ProfileName;
use serde_json::json;

use crate::{context::Context, failure::Failure, templates};

/// Templates of profiles.
#[derive(Subcommand)]
pub(crate) enum Template {
    /// List templates, with what they ask for
    List,
    /// Make a template of one's own, of another one or of a profile that is here; edit it afterwards
    Create(create::Create),
    /// Make a profile from a template, or bring one in step with it again
    Apply(apply::ApplyTo),
}

impl Template {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List => list(context),
            Self::Create(command) => command.run(context).await,
            Self::Apply(command) => command.run(context).await,
        }
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let all = templates::all(context)?;
    let value = json!({"templates": all.iter().map(templates::to_json).collect::<Vec<_>>()});
    context.output.answer(&value, || all.iter().map(templates::shown).collect::<Vec<_>>().join("\n\n"));
    Ok(())
}

fn profile_name(text: &str) -> Result<ProfileName, Failure> {
    ProfileName::from_input(text).map_err(|error| Failure::Usage(error.to_string()))
}
