//! A profile: its files, its secrets, and how it stands to the registry.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
};

use profile_store::{ProfileName, hermes_keys::unknown_keys, secret_scan, secrets_schema::SecretsSchema, yaml};
use serde_json::Value;

use super::{finding::Findings, tokens};
use crate::{client::ProfileRow, context::Context, home::LocalProfile, state::Base};

pub(super) fn look(
    context: &Context,
    profile: &ProfileName,
    mine: Option<&BTreeMap<String, ProfileRow>>,
    findings: &mut Findings,
) {
    let (name, before) = (profile.as_str(), findings.len());
    let folder = match context.home.profile(profile) {
        Ok(Some(folder)) => folder,
        Ok(None) => return,
        Err(failure) => return findings.broken(name, failure.to_string()),
    };
    let base = match context.state.base(profile) {
        Ok(base) => base,
        Err(failure) => {
            findings.broken(name, failure.to_string());
            None
        }
    };
    if base.as_ref().is_some_and(|base| base.tree.is_none()) {
        findings.warn(name, "what was last synchronised is damaged here; the next sync fetches it again");
    }
    let head = base.as_ref().map(|base| &base.head);
    let memories = head.is_some_and(|head| head.memories);
    match LocalProfile::read(&folder, memories) {
        Ok(local) => {
            files(name, &local, findings);
            env(context, profile, &local, findings);
            jobs(name, &local, head, findings);
        }
        Err(error) => findings.broken(name, format!("cannot be read: {error}")),
    }
    if let Some(mine) = mine {
        registered(name, head, mine.get(name), findings);
    }
    if findings.len() == before {
        findings.good(name, "nothing is wrong with it");
    }
}

fn files(name: &str, local: &LocalProfile, findings: &mut Findings) {
    for (path, why) in &local.blocked {
        findings.warn(name, format!("{path} is {why}: it is left alone"));
    }
    for (path, file) in &local.files {
        for found in secret_scan::scan(path, &file.bytes) {
            findings.warn(name, format!("{path}:{}: {}", found.line, found.what));
        }
    }
    let Some(config) = local.files.get("config.yaml") else { return };
    let parsed = std::str::from_utf8(&config.bytes).map_err(|_| "is no UTF-8".to_owned());
    match parsed.and_then(|text| yaml::parse(text).map_err(|error| error.to_string())) {
        Ok(node) => {
            for key in unknown_keys(&node) {
                findings.warn(name, format!("config.yaml: Hermes does not read the key `{key}`"));
            }
        }
        Err(error) => findings.broken(name, format!("config.yaml: {error}")),
    }
}

fn env(context: &Context, profile: &ProfileName, local: &LocalProfile, findings: &mut Findings) {
    let (name, path) = (profile.as_str(), context.home.profile_path(profile).join(".env"));
    let Ok(found) = fs::symlink_metadata(&path) else {
        // `hermes update` does this to a profile without one.
        return findings.warn(name, "it has no .env: Hermes copies the keys of the default profile into it");
    };
    if found.is_symlink() {
        return findings.broken(name, ".env is a link: two profiles must not share their secrets");
    }
    if !found.is_file() {
        return findings.broken(name, ".env is no plain file");
    }
    let mode = fs::Permissions::from_mode(found.mode()).mode() & 0o777;
    if mode & 0o077 != 0 {
        findings.broken(name, format!("others may read .env (mode {mode:o}): chmod 600 {}", path.display()));
    }
    let Some(schema) = local.files.get("secrets.schema.json") else { return };
    match SecretsSchema::parse(&schema.bytes) {
        Ok(schema) => {
            let env = tokens::env(&path);
            let values = env.variables().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            for problem in schema.check(&values) {
                findings.warn(name, format!(".env: {problem}"));
            }
        }
        Err(error) => findings.broken(name, format!("secrets.schema.json: {error}")),
    }
}

/// On a machine that does not run them, a job that is enabled runs twice.
fn jobs(name: &str, local: &LocalProfile, head: Option<&Base>, findings: &mut Findings) {
    let Some(file) = local.files.get("cron/jobs.json") else { return };
    let Ok(file) = serde_json::from_slice::<Value>(&file.bytes) else {
        return findings.broken(name, "cron/jobs.json is no JSON");
    };
    let jobs = file["jobs"].as_array().into_iter().flatten();
    let enabled = jobs.filter(|job| job["enabled"].as_bool().unwrap_or(true)).count();
    if enabled > 0 && head.is_some_and(|head| !head.serving) {
        let told = format!("{enabled} jobs are enabled here, but another machine runs them: `sync` switches them off");
        findings.warn(name, told);
    }
}

fn registered(name: &str, head: Option<&Base>, row: Option<&ProfileRow>, findings: &mut Findings) {
    match (head, row) {
        (_, None) => findings.warn(name, "the registry does not have it for you: `claim` it to keep it there"),
        (None, Some(_)) => findings.warn(name, "it was never synchronised here: `sync` it"),
        (Some(head), Some(row)) if head.content_id != row.content_id => {
            findings.warn(name, "the registry has something that is not here yet: `sync` it");
        }
        _ => {}
    }
}
