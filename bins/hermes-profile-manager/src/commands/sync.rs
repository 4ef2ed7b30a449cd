//! `push`, `pull`, `sync`.

use std::collections::BTreeSet;

use clap::Args;
use profile_store::ProfileName;
use serde_json::{Value, json};

use super::claim::profile_name;
use crate::{
    client::{Client, ClientError},
    context::Context,
    failure::Failure,
    state::Locked,
    sync::{Choices, Engine, Mode, Report, Task},
};

/// Commits what was changed here.
#[derive(Args)]
pub(crate) struct Push {
    /// Which profiles; without a name all that are here and in the registry.
    #[arg(value_parser = profile_name)]
    profiles: Vec<ProfileName>,
    /// Why, for the history; default the list of files.
    #[arg(long, short)]
    message: Option<String>,
    /// Replicate what the agent remembers of its user (`memories/`) from now on, or no longer.
    #[arg(long, value_name = "TRUE|FALSE", action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    memories: Option<bool>,
}

/// Merges what the registry has into the files here.
#[derive(Args)]
pub(crate) struct Pull {
    /// Which profiles; without a name all of yours, and those that were synchronised here.
    #[arg(value_parser = profile_name)]
    profiles: Vec<ProfileName>,
    #[command(flatten)]
    merging: Merging,
}

/// Merges, commits, and writes the result here.
#[derive(Args)]
pub(crate) struct Sync {
    /// Which profiles; without a name all of yours, and those that were synchronised here.
    #[arg(value_parser = profile_name)]
    profiles: Vec<ProfileName>,
    /// Why, for the history; default the list of files.
    #[arg(long, short)]
    message: Option<String>,
    /// Say what would be done, and do nothing; the same as --dry-run.
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    merging: Merging,
}

#[derive(Args, Clone, Debug, Default)]
struct Merging {
    /// In this file, what is here counts where both sides changed the same (`config.yaml`, or `alice:config.yaml`).
    #[arg(long, value_name = "FILE")]
    ours: Vec<String>,
    /// In this file, what the registry has counts where both sides changed the same.
    #[arg(long, value_name = "FILE")]
    theirs: Vec<String>,
    /// Run the profile's jobs on this machine from now on, or no longer. They run twice if they are on two.
    #[arg(long, value_name = "TRUE|FALSE", action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    serve: Option<bool>,
    /// Replicate what the agent remembers of its user (`memories/`) from now on, or no longer.
    #[arg(long, value_name = "TRUE|FALSE", action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    memories: Option<bool>,
}

/// What the three have in common.
struct Run {
    mode: Mode,
    profiles: Vec<ProfileName>,
    message: Option<String>,
    plan: bool,
    merging: Merging,
}

impl Push {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let Self { profiles, message, memories } = self;
        let merging = Merging { memories, ..Merging::default() };
        Run { mode: Mode::Push, profiles, message, plan: false, merging }.run(context).await
    }
}

impl Pull {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let Self { profiles, merging } = self;
        Run { mode: Mode::Pull, profiles, message: None, plan: false, merging }.run(context).await
    }
}

impl Sync {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let Self { profiles, message, plan, merging } = self;
        Run { mode: Mode::Sync, profiles, message, plan, merging }.run(context).await
    }
}

impl Run {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let dry_run = context.dry_run || self.plan;
        let locked = if dry_run { None } else { Some(context.lock().await?) };
        let host = this_host(context, &client).await?;
        let profiles = self.selected(context, &client).await?;
        let mut reports = Vec::new();
        let mut failures = Vec::new();
        for profile in profiles {
            match self.one(context, &client, locked.as_ref(), host.as_deref(), &profile).await {
                Ok(report) => {
                    if !context.output.json {
                        context.output.answer(&Value::Null, || report.to_text());
                    }
                    reports.push(report.to_json());
                }
                // It is the same with every further profile.
                Err(failure @ (Failure::NotLoggedIn(_) | Failure::Unreachable(_) | Failure::Usage(_))) => {
                    failures.push((profile, failure));
                    break;
                }
                Err(failure) => failures.push((profile, failure)),
            }
        }
        self.told(context, &reports, failures)
    }

    fn told(
        &self,
        context: &Context,
        reports: &[Value],
        mut failures: Vec<(ProfileName, Failure)>,
    ) -> Result<(), Failure> {
        let all = reports.len() + failures.len();
        if failures.len() == 1 && all == 1 {
            return Err(failures.remove(0).1);
        }
        let failed: Vec<Value> = failures
            .iter()
            .map(|(profile, failure)| {
                let mut told = failure.to_json();
                told["profile"] = profile.as_str().into();
                told
            })
            .collect();
        if context.output.json {
            context.output.answer(&json!({"profiles": reports, "failed": failed}), String::new);
        } else if all == 0 {
            let none = "no profile is both here and in the registry: name one, or `claim` one";
            context.output.answer(&Value::Null, || none.to_owned());
        }
        let Some(code) = failures.first().map(|(_, failure)| failure.exit_code()) else { return Ok(()) };
        for (_, failure) in &failures {
            context.output.error(&failure.to_string());
        }
        let done = match self.mode {
            Mode::Push => "pushed",
            Mode::Pull => "pulled",
            Mode::Sync => "synchronised",
        };
        Err(Failure::Several { failed: failures.len(), all, done, code })
    }

    async fn one(
        &self,
        context: &Context,
        client: &Client,
        locked: Option<&Locked>,
        host: Option<&str>,
        profile: &ProfileName,
    ) -> Result<Report, Failure> {
        let engine = Engine {
            remote: client,
            home: &context.home,
            state: &context.state,
            locked,
            host,
            now: context.clock.now(),
        };
        let task = Task {
            profile: profile.clone(),
            mode: self.mode,
            choices: Choices::new(profile, &self.merging.ours, &self.merging.theirs)?,
            serve: self.merging.serve,
            memories: self.merging.memories,
            message: self.message.clone(),
            named: !self.profiles.is_empty(),
        };
        engine.run(&task).await
    }

    /// The profiles that were named, or all that are meant.
    async fn selected(&self, context: &Context, client: &Client) -> Result<Vec<ProfileName>, Failure> {
        if !self.profiles.is_empty() {
            return Ok(self.profiles.clone());
        }
        let here: BTreeSet<ProfileName> = context.home.names()?.into_iter().collect();
        let known: BTreeSet<ProfileName> = context.state.known_profiles()?.into_iter().collect();
        let rows = client.profiles().await?;
        let there: BTreeSet<ProfileName> = rows.iter().filter_map(|row| ProfileName::parse(&row.name).ok()).collect();
        let is_owner = client.who().await?.kind == "owner";
        let is_meant = |profile: &ProfileName| match self.mode {
            Mode::Push => here.contains(profile),
            // Whoever sees everybody's profiles does not want them all here.
            _ => is_owner || here.contains(profile) || known.contains(profile),
        };
        Ok(there.into_iter().filter(is_meant).collect())
    }
}

/// What this machine is called in the registry, if its token is a host's.
pub(super) async fn this_host(context: &Context, client: &Client) -> Result<Option<String>, ClientError> {
    let who = match context.state.credentials() {
        Ok(Some(kept)) if kept.kind == "host" && kept.url == client.url() => return Ok(name(&kept.actor)),
        _ => client.who().await?,
    };
    Ok(name(&who.actor))
}

fn name(actor: &str) -> Option<String> {
    actor.strip_prefix("host:").map(str::to_owned)
}
