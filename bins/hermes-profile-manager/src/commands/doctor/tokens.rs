//! Bots that two profiles share: both would answer, and the wrong one first.

use std::{collections::BTreeMap, fs, path::Path};

use profile_store::{ProfileName, env_file::EnvFile};

use super::finding::Findings;
use crate::{context::Context, state::fingerprint};

/// What a bot of a platform is known by in `.env`; one gateway may hold each.
const BOT_TOKENS: &[&str] = &[
    "TELEGRAM_BOT_TOKEN",
    "DISCORD_BOT_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "MATTERMOST_TOKEN",
    "MATRIX_ACCESS_TOKEN",
    "WEIXIN_TOKEN",
];

/// Compares all profiles and the default one by fingerprints.
pub(super) fn look(context: &Context, profiles: &[ProfileName], findings: &mut Findings) {
    let mut holders: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    let named = profiles.iter().map(|profile| (profile.as_str(), context.home.profile_path(profile)));
    for (name, folder) in named.chain([("default", context.home.path().to_owned())]) {
        for (variable, print) in tokens(&folder) {
            holders.entry((variable, print)).or_default().push(name);
        }
    }
    for ((variable, _), names) in holders.iter().filter(|(_, names)| names.len() > 1) {
        findings.broken(&names.join(", "), format!("they have the same {variable}: only one may"));
    }
}

/// What a `.env` says; nothing where it is no file: a pipe would hold us for ever.
pub(super) fn env(path: &Path) -> EnvFile {
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    EnvFile::parse(&if is_file { fs::read_to_string(path).unwrap_or_default() } else { String::new() })
}

fn tokens(folder: &Path) -> Vec<(&'static str, String)> {
    let env = env(&folder.join(".env"));
    let print =
        |name: &&'static str| Some((*name, fingerprint(env.get(name).filter(|value| !value.is_empty())?.as_bytes())));
    BOT_TOKENS.iter().filter_map(print).collect()
}
