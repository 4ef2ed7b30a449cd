//! `adopt`: an existing profile, or Hermes's own home, pointed at the gateway, its secrets out of its settings.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;
use daemon_kit::config::Secret;
use profile_store::{ProfileName, adopt::Options, template::ValueType};
use serde_json::{Value, json};

use crate::{
    adopt::{Intent, Wish, carry_out, read},
    context::Context,
    disk::Folder,
    failure::Failure,
};

/// Take an existing profile in: secrets out of its settings, model and search to the gateway.
///
/// Secrets in config.yaml move into .env, `model` goes through the gateway with the profile's own token, and the web search
/// asks its front. The difference is shown first, with every secret hidden; on a terminal it asks then, elsewhere nothing is
/// changed without --yes. What files were before is kept below .profile-manager/adopted.
#[derive(Args)]
pub(crate) struct Adopt {
    /// The profile's folder, or the name of a profile here
    #[arg(required_unless_present = "default_home", conflicts_with = "default_home")]
    dir: Option<PathBuf>,
    /// Hermes's own home (profile `default`): its config.yaml and .env; it never enters the registry
    #[arg(long)]
    default_home: bool,
    /// Where the gateway answers
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    gateway_url: String,
    /// The model to ask the gateway for; without it the present one stays
    #[arg(long)]
    model: Option<String>,
    /// A file with the profile's own token for the gateway; it goes into .env
    #[arg(long, value_name = "FILE")]
    gateway_token_file: Option<PathBuf>,
    /// Carry it out without asking
    #[arg(long, short)]
    yes: bool,
}

/// A home, and what it is called here.
struct Target {
    path: PathBuf,
    label: String,
    /// The profile, where it is in the folder of profiles.
    profile: Option<ProfileName>,
}

impl Adopt {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let wish = self.wish()?;
        let target = self.target(context)?;
        let asks = !self.yes && !context.dry_run && !context.output.json && io::stdin().is_terminal();
        let home = Folder::open(&target.path).map_err(|error| Failure::io("open", &target.path, &error))?;
        let existing = read(&home)?;
        let intent = Intent::new(&existing, &wish)?;
        let is_clear = intent.plan.is_clear();
        if intent.is_empty() && is_clear {
            told(context, &target, &intent, "nothing to do", None);
            return Ok(());
        }
        if context.dry_run || !(self.yes || asks) {
            let outcome = if context.dry_run { "dry run" } else { "not carried out: run it again with --yes" };
            told(context, &target, &intent, outcome, None);
            return if is_clear { Ok(()) } else { Err(blocked(&target)) };
        }
        if !is_clear {
            told(context, &target, &intent, "not carried out", None);
            return Err(blocked(&target));
        }
        if asks {
            context.output.note(&intent.to_text());
            if !confirmed(&target.path)? {
                return Err(Failure::Undecided("nothing was changed".to_owned()));
            }
        }
        // Whatever was changed since it was read is seen before it is written over.
        let locked = context.lock().await?;
        let at = context.clock.now();
        carry_out(&locked, &home, &target.label, at, &intent)?;
        let kept = context.state.adopted_path(&target.label, at);
        told(context, &target, &intent, "done", Some(&kept));
        Ok(())
    }

    fn wish(&self) -> Result<Wish, Failure> {
        let gateway_url = self.gateway_url.trim_end_matches('/').to_owned();
        ValueType::Url.check(&gateway_url).map_err(|problem| Failure::Usage(format!("--gateway-url {problem}")))?;
        let token = |file: &PathBuf| {
            let text = std::fs::read_to_string(file).map_err(|error| Failure::io("read", file, &error))?;
            let text = text.trim();
            if text.is_empty() {
                Err(Failure::Usage(format!("{} is empty", file.display())))
            } else {
                Ok(Secret::new(text))
            }
        };
        Ok(Wish {
            options: Options { gateway_url, model: self.model.clone(), replicate: !self.default_home },
            gateway_token: self.gateway_token_file.as_ref().map(token).transpose()?,
        })
    }

    fn target(&self, context: &Context) -> Result<Target, Failure> {
        let Some(dir) = &self.dir else {
            return Ok(Target { path: context.home.path().to_owned(), label: "default".to_owned(), profile: None });
        };
        let named = dir.to_str().and_then(|text| ProfileName::parse(text).ok());
        let path = match named.filter(|_| !dir.exists()) {
            Some(profile) => context.home.profile_path(&profile),
            None => std::path::absolute(dir).map_err(|error| Failure::io("use", dir, &error))?,
        };
        if path == context.home.path() {
            return Err(Failure::Usage(format!("{} is Hermes's own home: --default-home", path.display())));
        }
        let label = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let profile = ProfileName::parse(&label).ok();
        let profile = profile.filter(|profile| path == context.home.profile_path(profile));
        let label = profile.as_ref().map_or_else(|| "elsewhere".to_owned(), ToString::to_string);
        Ok(Target { path, label, profile })
    }
}

impl Target {
    /// What is to be done afterwards.
    fn next(&self, intent: &Intent) -> Vec<String> {
        let mut next = Vec::new();
        if self.label == "default" {
            next.push("hermes gateway restart".to_owned());
            return next;
        }
        if !intent.plan.needed.is_empty() {
            next.push("twilight tokens create --profile <name>, and its token into .env".to_owned());
        }
        match &self.profile {
            Some(profile) => next.push(format!("hermes-profile-manager claim {profile}, then push {profile}")),
            None => next.push("move the folder into `profiles` of Hermes's home, then claim and push it".to_owned()),
        }
        next
    }
}

fn blocked(target: &Target) -> Failure {
    let what = "what is marked with ! has to be taken out by hand first; nothing was changed";
    Failure::Undecided(format!("{}: {what}", target.path.display()))
}

fn told(context: &Context, target: &Target, intent: &Intent, outcome: &str, kept: Option<&Path>) {
    let mut value = intent.to_json();
    let is_done = kept.is_some();
    let next = if is_done { target.next(intent) } else { Vec::new() };
    let kept = kept.filter(|_| intent.writes.iter().any(|write| write.before.is_some()));
    let more = json!({
        "home": target.path.display().to_string(),
        "profile": target.profile.as_ref().map(ToString::to_string),
        "outcome": outcome,
        "carried_out": is_done,
        "kept": kept.map(|kept| kept.display().to_string()),
        "next": next,
    });
    if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    context.output.answer(&value, || {
        let mut lines = vec![intent.to_text(), format!("{}: {outcome}", target.path.display())];
        lines.retain(|line| !line.is_empty());
        let kept =
            kept.map(|kept| format!("What the files were is in {}; delete it when all is well.", kept.display()));
        lines.extend(kept);
        lines.extend(next.iter().map(|next| format!("Next: {next}")));
        lines.join("\n")
    });
}

fn confirmed(path: &Path) -> Result<bool, Failure> {
    let failed = |error| Failure::io("ask about", path, &error);
    let mut ask = io::stderr().lock();
    write!(ask, "Write this to {}? [y/N] ", path.display()).and_then(|()| ask.flush()).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
