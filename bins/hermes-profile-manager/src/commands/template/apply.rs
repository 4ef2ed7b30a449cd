//! `template apply`.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use profile_store::{
    ProfileName, secret_scan,
    secrets_schema::SecretsSchema,
    template::{Host, Rendered, Template as Folder, TemplateError, Values},
};
use serde_json::json;

use super::profile_name;
use crate::{
    context::Context,
    failure::Failure,
    templates::{self, Applied, Apply, Local, local, publish, write},
};

const ENV: &str = ".env";

/// Make a profile from a template.
///
/// The same template with the same values changes nothing. A newer one brings what it changed; what somebody edited here
/// stays, and what both changed is a conflict. Values that were given once are remembered.
#[derive(Args)]
pub(crate) struct ApplyTo {
    /// The template
    name: String,
    /// The profile that it becomes
    target: String,
    /// A placeholder's value; PROFILE and USER_NAME are the profile's name unless they are given
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A JSON file with values: {"NAME": "value"}
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
}

impl ApplyTo {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let profile = profile_name(&self.target)?;
        let found = templates::find(context, &self.name)?;
        let folder = Folder::read(&found.files).map_err(|error| Failure::failed(format!("{}: {error}", found.name)))?;
        let locked = if context.dry_run { None } else { Some(context.lock().await?) };
        let before = context.state.applied(&profile)?.filter(|before| before.template == found.name);
        let values = self.filled(&folder, &profile, before.as_ref())?;
        let rendered = render(&folder, &values)?;

        let dir = context.home.profile_text(&profile)?;
        // Its jobs run where it is made, until the registry knows of another host.
        let serving = context.state.base(&profile)?.is_none_or(|base| base.head.serving);
        let here = local(context, &profile)?;
        let nothing = Local::default();
        let now = here.as_ref().unwrap_or(&nothing);
        if let Some((path, why)) = now.blocked.iter().find(|(path, _)| rendered.files.contains_key(*path)) {
            return Err(Failure::Undecided(format!("{dir}/{path} is {why}")));
        }
        let host = Host { profile_dir: &dir, serving };
        let step = templates::apply(profile.as_str(), &now.files, before.as_ref(), &rendered.files, host)?;
        let settings = before.map(|before| before.settings).unwrap_or_default();
        let env = templates::env_after(now.env.as_deref(), &rendered.secrets, &settings);
        let env = env.map_err(|error| Failure::failed(format!("{ENV}: {error}")))?;
        let env = Some(env).filter(|env| now.env.as_ref() != Some(env));
        if let Some(locked) = &locked {
            match &here {
                Some(now) => write(context, locked, &profile, now, &step, env.as_deref())?,
                None => publish(locked, &profile, &step.writes, env.as_deref().unwrap_or_default())?,
            }
            locked.put_applied(&profile, &applied(found.name.clone(), values, &rendered))?;
        }
        told(context, &profile, &found.name, &step, &rendered, env.is_some());
        Ok(())
    }

    /// What the placeholders are filled with: what was given now, before, or goes without saying.
    fn filled(&self, folder: &Folder, profile: &ProfileName, before: Option<&Applied>) -> Result<Values, Failure> {
        let mut values = before.map(|before| before.values.clone()).unwrap_or_default();
        // A newer template may ask for less.
        values.retain(|name, _| folder.placeholders().any(|placeholder| placeholder.name == *name));
        if let Some(file) = &self.values {
            let bytes = std::fs::read(file).map_err(|error| Failure::io("read", file, &error))?;
            let given: BTreeMap<String, String> = serde_json::from_slice(&bytes)
                .map_err(|error| Failure::Usage(format!("{} is no object of texts: {error}", file.display())))?;
            values.extend(given);
        }
        for pair in &self.set {
            let named = pair.split_once('=');
            let (name, value) = named.ok_or_else(|| Failure::Usage(format!("--set {pair:?} is no NAME=VALUE")))?;
            values.insert(name.to_owned(), value.to_owned());
        }
        for placeholder in
            folder.placeholders().filter(|placeholder| ["PROFILE", "USER_NAME"].contains(&placeholder.name.as_str()))
        {
            values.entry(placeholder.name.clone()).or_insert_with(|| profile.to_string());
        }
        for (name, value) in &values {
            if let Some(found) = secret_scan::scan_text(value.as_bytes()).first() {
                return Err(Failure::Usage(format!("the value {name} {}: secrets belong into .env", found.what)));
            }
        }
        Ok(values)
    }
}

/// All that is missing is named at once.
fn render(folder: &Folder, values: &Values) -> Result<Rendered, Failure> {
    folder.render(values).map_err(|error| match error {
        TemplateError::Missing { .. } => {
            let missing = folder
                .placeholders()
                .filter(|placeholder| placeholder.default.is_none() && !values.contains_key(&placeholder.name));
            let lines: Vec<String> = missing
                .map(|placeholder| format!("\n  --set {}=…  {}", placeholder.name, placeholder.value_type))
                .collect();
            Failure::Usage(format!("values are missing:{}", lines.concat()))
        }
        TemplateError::File { .. } => Failure::failed(error.to_string()),
        _ => Failure::Usage(error.to_string()),
    })
}

fn applied(template: String, values: Values, rendered: &Rendered) -> Applied {
    let settings = rendered.secrets.settings().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Applied { template, values, settings: settings.collect(), files: rendered.files.clone() }
}

fn told(context: &Context, profile: &ProfileName, template: &str, step: &Apply, rendered: &Rendered, env: bool) {
    let mut written: Vec<&str> = step.writes.keys().map(String::as_str).collect();
    if env {
        written.insert(0, ENV);
    }
    let is_changed = !written.is_empty() || !step.removed.is_empty();
    let secrets = needed(&rendered.secrets);
    let value = json!({
        "profile": profile.as_str(),
        "template": template,
        "written": written,
        "removed": step.removed,
        "notes": step.notes,
        "secrets": secrets,
        "changed": is_changed,
        "dry_run": context.dry_run,
    });
    context.output.answer(&value, || {
        let verb = if context.dry_run { "would write" } else { "wrote" };
        let mut lines = match is_changed {
            true => vec![format!("{profile}: {verb} {}", written.join(", "))],
            false => vec![format!("{profile} is as {template} makes it: nothing to do")],
        };
        lines.extend(step.removed.iter().map(|path| format!("  {path} goes")));
        lines.extend(step.notes.iter().map(|note| format!("  {note}")));
        if is_changed && !secrets.is_empty() {
            lines.push(format!("Its .env needs {}", secrets.join(", ")));
        }
        lines.join("\n")
    });
}

fn needed(schema: &SecretsSchema) -> Vec<String> {
    let entries = schema.entries().iter().filter(|entry| entry.required);
    entries.map(|entry| entry.name.clone()).collect()
}
