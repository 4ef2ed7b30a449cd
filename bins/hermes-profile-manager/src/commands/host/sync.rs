//! `host sync`.

use std::path::PathBuf;

use clap::Args;
use profile_store::ProfileName;
use serde_json::{Value, json};

use crate::{
    client::Client,
    context::Context,
    failure::Failure,
    host::{Courier, EnvOutcome, HostIdentity},
    state::Locked,
    sync::{Choices, Engine, Mode, Report, Task},
};

/// Fetch the secrets of the profiles that this host serves, lay the profiles out, and tell the registry.
///
/// The token is this host's. `.env` (0600) gets what the registry delivers and loses what it delivers no longer; variables
/// of Hermes's and the user's own stay. Run it as often as you like, as from a timer: what is right is not touched.
#[derive(Args)]
pub(crate) struct Sync {
    /// The file with this host's age identity, in place of the one that `host init` made
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Commit what was changed here, too
    #[arg(long)]
    push: bool,
}

/// What became of one profile.
struct Served {
    profile: ProfileName,
    env: Option<EnvOutcome>,
    files: Option<Report>,
    failures: Vec<Failure>,
    /// Whether this host serves it still.
    is_ours: bool,
}

impl Sync {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let identity = match &self.identity {
            Some(file) => HostIdentity::of_file(file)?,
            None => HostIdentity::kept(&context.state)?,
        };
        let client = context.client()?;
        let who = client.who().await?;
        let Some(host) = who.actor.strip_prefix("host:").filter(|_| who.kind == "host") else {
            return Err(Failure::Refused {
                kind: "forbidden".to_owned(),
                detail: format!(
                    "the token is {}'s: `host sync` needs the one that POST /hosts gave this host",
                    who.actor
                ),
                refusals: Vec::new(),
            });
        };
        let locked = if context.dry_run { None } else { Some(context.lock().await?) };
        let courier = Courier { context, client: &client, host, identity: &identity, locked: locked.as_ref() };
        let profiles = client.served(host).await?;
        let mut served = Vec::new();
        for profile in &profiles {
            served.push(self.serve(&courier, profile).await);
        }
        for profile in context.state.deliveries()?.into_iter().filter(|known| !profiles.contains(known)) {
            served.push(leave(&courier, profile).await);
        }
        tell(context, host, &served);
        let (all, failed) = (served.len(), served.iter().filter(|served| !served.failures.is_empty()).count());
        let mut failures: Vec<Failure> = served.into_iter().flat_map(|served| served.failures).collect();
        if failures.len() == 1 && all == 1 {
            return Err(failures.remove(0));
        }
        failures.iter().for_each(|failure| context.output.note(&failure.to_string()));
        let code = failures.first().map(Failure::exit_code);
        code.map_or(Ok(()), |code| Err(Failure::Several { failed, all, done: "served", code }))
    }

    /// Secrets before files, where there is a folder for them: a conflict in the files keeps no bot from its new token.
    async fn serve(&self, courier: &Courier<'_>, profile: &ProfileName) -> Served {
        let mut served =
            Served { profile: profile.clone(), env: None, files: None, failures: Vec::new(), is_ours: true };
        let is_here = matches!(courier.context.home.profile(profile), Ok(Some(_)));
        if is_here {
            served.bring(courier).await;
        }
        let mode = if self.push { Mode::Sync } else { Mode::Pull };
        match lay_out(courier.context, courier.client, courier.locked, courier.host, profile, mode).await {
            Ok(report) => served.files = Some(report),
            Err(failure) => served.failures.push(failure),
        }
        if !is_here {
            served.bring(courier).await;
        }
        served
    }
}

impl Served {
    async fn bring(&mut self, courier: &Courier<'_>) {
        let brought = match courier.context.home.profile(&self.profile) {
            Ok(Some(folder)) => courier.bring(&self.profile, &folder).await,
            // A dry run made no folder.
            Ok(None) if courier.locked.is_none() => Ok(EnvOutcome::Due),
            Ok(None) => Err(Failure::failed(format!("{}: it has no files in the registry yet", self.profile))),
            Err(failure) => Err(failure),
        };
        match brought {
            Ok(outcome) => self.env = Some(outcome),
            Err(failure) => self.failures.push(failure),
        }
    }

    fn to_json(&self) -> Value {
        let failures: Vec<Value> = self.failures.iter().map(|failure| failure.to_json()["error"].clone()).collect();
        json!({
            "profile": self.profile.as_str(),
            "serves": self.is_ours,
            "env": self.env.map(EnvOutcome::name),
            "files": self.files.as_ref().map(Report::to_json),
            "failures": failures,
        })
    }

    fn to_text(&self) -> String {
        let name = &self.profile;
        let mut lines = Vec::new();
        if !self.is_ours {
            lines.push(format!("{name}: this host serves it no longer"));
        }
        lines.extend(self.env.map(|env| format!("{name}: .env {}", env.name())));
        lines.extend(self.files.as_ref().map(Report::to_text));
        lines.join("\n")
    }
}

async fn lay_out(
    context: &Context,
    client: &Client,
    locked: Option<&Locked>,
    host: &str,
    profile: &ProfileName,
    mode: Mode,
) -> Result<Report, Failure> {
    let now = context.clock.now();
    let engine = Engine { remote: client, home: &context.home, state: &context.state, locked, host: Some(host), now };
    let task = Task {
        profile: profile.clone(),
        mode,
        choices: Choices::default(),
        serve: None,
        memories: None,
        message: None,
        named: true,
    };
    engine.run(&task).await
}

/// What was served here and is another host's now: its secrets go, and its jobs are switched off.
async fn leave(courier: &Courier<'_>, profile: ProfileName) -> Served {
    let context = courier.context;
    let mut served = Served { profile, env: None, files: None, failures: Vec::new(), is_ours: false };
    let folder = match context.home.profile(&served.profile) {
        Ok(folder) => folder,
        Err(failure) => {
            served.failures.push(failure);
            return served;
        }
    };
    // The files before the note that there is something to take away.
    if folder.is_some() {
        let laid = lay_out(context, courier.client, courier.locked, courier.host, &served.profile, Mode::Pull).await;
        match laid {
            Ok(report) => served.files = Some(report),
            Err(failure) => served.failures.push(failure),
        }
    }
    match courier.take_away(&served.profile, folder.as_ref()) {
        Ok(outcome) => served.env = Some(outcome),
        Err(failure) => served.failures.push(failure),
    }
    if let (Some(locked), true) = (courier.locked, served.failures.is_empty())
        && let Err(failure) = locked.forget_delivery(&served.profile)
    {
        served.failures.push(failure);
    }
    served
}

fn tell(context: &Context, host: &str, served: &[Served]) {
    let value = json!({
        "host": host,
        "dry_run": context.dry_run,
        "profiles": served.iter().map(Served::to_json).collect::<Vec<_>>(),
    });
    context.output.answer(&value, || {
        let lines: Vec<String> = served.iter().map(Served::to_text).filter(|text| !text.is_empty()).collect();
        if lines.is_empty() { format!("{host} serves no profile") } else { lines.join("\n") }
    });
}
