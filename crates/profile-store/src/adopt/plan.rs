//! The plan.

use super::{
    config::{GATEWAY_TOKEN, point_at_gateway},
    diff::{hidden, unified},
    found::{Attention, MovedSecret},
    moved::move_out,
};
use crate::{
    allow_list::{self, Refused},
    env_file::EnvFile,
    hermes_keys::unknown_keys,
    secret_scan,
    template::Files,
    yaml::{self, Unwritable},
};

const CONFIG: &str = "config.yaml";
const ENV: &str = ".env";
const SEARCH_URL: &str = "SEARXNG_URL";

/// Where a profile is pointed at.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gateway, without a slash at its end: `http://127.0.0.1:3000`.
    pub gateway_url: String,
    /// The model to use; without one the present name stays.
    pub model: Option<String>,
    /// Whether the files go into the registry afterwards. Not so for the default home.
    pub replicate: bool,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdoptError {
    /// The configuration cannot be edited safely; mend it first.
    #[error("config.yaml: {0}")]
    Config(#[from] Unwritable),
    /// A file that has to be text is none.
    #[error("{0} is no UTF-8 text")]
    NotText(String),
    /// A secret that no `.env` can hold.
    #[error("the secret at {0} has a line break, which .env cannot hold: move it by hand")]
    Unstorable(String),
}

/// What would change.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Secrets that move into `.env`.
    pub secrets: Vec<MovedSecret>,
    /// Files that are written anew; `.env` before the rest, so that a plan cut short loses no secret.
    pub rewrites: Vec<Rewrite>,
    /// Files that go into the registry.
    pub replicated: Vec<String>,
    /// Files that stay where they are, with the reason.
    pub left_alone: Vec<(String, Refused)>,
    /// What a person has to decide, or should know.
    pub attention: Vec<Attention>,
    /// Variables that `.env` still needs a value for: this profile's own tokens.
    pub needed: Vec<String>,
}

/// One file that is written anew.
#[derive(Clone)]
pub struct Rewrite {
    /// Its path in the profile.
    pub path: String,
    /// Its new content; of `.env` with secrets in it.
    pub content: Vec<u8>,
    /// The difference with every secret hidden.
    pub diff: String,
}

impl std::fmt::Debug for Rewrite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Rewrite").field("path", &self.path).field("diff", &self.diff).finish_non_exhaustive()
    }
}

impl Plan {
    /// Whether nothing stands against carrying it out.
    pub fn is_clear(&self) -> bool {
        !self.attention.iter().any(|attention| attention.blocks)
    }
}

/// Plans to take an existing profile in.
///
/// Carried out and planned again, nothing is left to rewrite.
///
/// # Errors
/// [`AdoptError`], with the file and never a value.
pub fn plan(files: &Files, options: &Options) -> Result<Plan, AdoptError> {
    let text = |path: &str| match files.get(path) {
        Some(bytes) => std::str::from_utf8(bytes).map_err(|_| AdoptError::NotText(path.to_owned())),
        None => Ok(""),
    };
    let (config, env) = (text(CONFIG)?, EnvFile::parse(text(ENV)?));
    let mut secrets = Vec::new();
    let mut attention = Vec::new();

    let now = yaml::parse(config).map_err(Unwritable::from)?;
    let mut wanted = move_out(&now, &env, &mut secrets);
    // Where quotes and escapes make a secret's spelling another one than its value.
    let spelled = secrets.iter().any(|secret| !config.contains(secret.value.expose()));
    let respelled = spelled.then(|| yaml::rewrite(config, &hidden(&now, &wanted)).unwrap_or_default());
    let shown = respelled.as_deref().unwrap_or(config);
    point_at_gateway(&mut wanted, options, &mut attention);
    let new_config = yaml::rewrite(config, &wanted)?;

    let mut new_env = env.clone();
    for secret in &secrets {
        let stored = new_env.set(&secret.name, secret.value.expose());
        stored.map_err(|_| AdoptError::Unstorable(secret.place.clone()))?;
    }
    if env.get(SEARCH_URL).is_some_and(|url| !url.is_empty() && url != options.gateway_url) {
        let what = "pointed elsewhere; the gateway's search front takes its place".to_owned();
        attention.push(Attention { place: format!("{ENV}: {SEARCH_URL}"), what, blocks: false });
    }
    let set = new_env.set(SEARCH_URL, &options.gateway_url);
    set.map_err(|_| AdoptError::Unstorable("the gateway's address".to_owned()))?;

    let values: Vec<&str> = secrets.iter().map(|secret| secret.value.expose()).collect();
    let mut rewrites = Vec::new();
    // Hermes fills a missing .env with the operator's own keys, so there is always one.
    if new_env != env || !files.contains_key(ENV) {
        let masked = |env: &EnvFile| env.to_masked_text(&[SEARCH_URL]);
        let diff = unified(ENV, &masked(&env), &masked(&new_env), &values);
        rewrites.push(Rewrite { path: ENV.to_owned(), content: new_env.to_text().into_bytes(), diff });
    }
    if new_config != config {
        let diff = unified(CONFIG, shown, &new_config, &values);
        rewrites.push(Rewrite { path: CONFIG.to_owned(), content: new_config.clone().into_bytes(), diff });
    }
    let ignored = unknown_keys(&wanted).into_iter().map(|key| format!("{CONFIG}: {key}"));
    let ignored =
        ignored.map(|place| Attention { place, what: "Hermes does not read this key".to_owned(), blocks: false });
    attention.extend(ignored);
    let (replicated, left_alone) = sorted(files, &new_config, options.replicate, &mut attention);
    let needed = Some(GATEWAY_TOKEN).filter(|name| new_env.get(name).unwrap_or_default().is_empty());
    let needed = needed.map(str::to_owned).into_iter().collect();
    Ok(Plan { secrets, rewrites, replicated, left_alone, attention, needed })
}

/// Which files go into the registry, and what in them a person has to take out first.
fn sorted(
    files: &Files,
    new_config: &str,
    replicate: bool,
    attention: &mut Vec<Attention>,
) -> (Vec<String>, Vec<(String, Refused)>) {
    let (mut replicated, mut left_alone) = (Vec::new(), Vec::new());
    for (path, bytes) in files {
        let bytes = if path == CONFIG { new_config.as_bytes() } else { bytes };
        match allow_list::classify(path) {
            Err(refused) => left_alone.push((path.clone(), refused)),
            Ok(allowed) => {
                for found in secret_scan::scan(path, bytes) {
                    let place = format!("{path}: line {}", found.line);
                    attention.push(Attention { place, what: found.what, blocks: replicate });
                }
                if bytes.len() as u64 > allowed.bytes_max {
                    let what = format!("longer than {} bytes", allowed.bytes_max);
                    attention.push(Attention { place: path.clone(), what, blocks: replicate });
                }
                if replicate && allowed.by_default {
                    replicated.push(path.clone());
                }
            }
        }
    }
    (replicated, left_alone)
}
