//! A profile's folder: read, brought up to a template, or made.

use std::collections::{BTreeMap, BTreeSet};

use profile_store::{ProfileName, template::Files};

use super::Apply;
use crate::{
    context::Context,
    disk::{Found, Meta},
    failure::Failure,
    home::LocalProfile,
    state::Locked,
};

const ENV: &str = ".env";
const ENV_BYTES_MAX: u64 = 1 << 20;

/// A profile that is here.
#[derive(Default)]
pub(crate) struct Local {
    /// What may be replicated, as it stands here.
    pub(crate) files: Files,
    /// Those that may be run.
    pub(crate) executable: BTreeSet<String>,
    /// Its `.env`.
    pub(crate) env: Option<String>,
    /// What is left alone, and why.
    pub(crate) blocked: BTreeMap<String, String>,
}

/// Reads a profile; `None` where it is not here.
///
/// # Errors
/// Where something cannot be read.
pub(crate) fn local(context: &Context, profile: &ProfileName) -> Result<Option<Local>, Failure> {
    let Some(folder) = context.home.profile(profile)? else { return Ok(None) };
    let failed = |error| Failure::io("read", folder.path(), &error);
    let mut read = LocalProfile::read(&folder, false).map_err(failed)?;
    let env = match folder.read(ENV, ENV_BYTES_MAX).map_err(failed)? {
        Found::File { bytes, .. } => {
            Some(String::from_utf8(bytes).map_err(|_| Failure::failed(format!("{ENV} of {profile} is no text")))?)
        }
        Found::Missing => None,
        Found::Blocked(why) => return Err(Failure::failed(format!("{ENV} of {profile} is {why}"))),
    };
    // What came with Hermes is nobody's template.
    let bundled = std::mem::take(&mut read.bundled);
    read.files.retain(|path, _| !bundled.iter().any(|skill| path.starts_with(&format!("{skill}/"))));
    let executable = read.files.iter().filter(|(_, file)| file.executable).map(|(path, _)| path.clone()).collect();
    let files = read.files.into_iter().map(|(path, file)| (path, file.bytes)).collect();
    Ok(Some(Local { files, executable, env, blocked: read.blocked }))
}

/// A profile appears whole, under its name, or not at all: Hermes looks for new ones while it runs.
///
/// # Errors
/// As the system says.
pub(crate) fn publish(locked: &Locked, profile: &ProfileName, files: &Files, env: &str) -> Result<(), Failure> {
    let (scratch, name) = (locked.profiles_scratch(), profile.as_str());
    let failed = |error| Failure::io("make", locked.profiles().path().join(name), &error);
    let staged = scratch.make_folder(name).map_err(failed)?;
    locked.write(&staged, ENV, env.as_bytes(), Meta::Private)?;
    for (path, bytes) in files {
        locked.write(&staged, path, bytes, Meta::Keep { executable: false })?;
    }
    locked.disk().publish(scratch, name, locked.profiles(), name).map_err(failed)
}

/// Writes what a template brought to a profile that is here; `.env` first.
///
/// # Errors
/// As the system says.
pub(crate) fn write(
    context: &Context,
    locked: &Locked,
    profile: &ProfileName,
    now: &Local,
    step: &Apply,
    env: Option<&str>,
) -> Result<(), Failure> {
    let folder = context.home.profile(profile)?;
    let folder = folder.ok_or_else(|| Failure::failed(format!("{profile} was taken away just now: run it again")))?;
    if let Some(env) = env {
        locked.write(&folder, ENV, env.as_bytes(), Meta::Private)?;
    }
    for (path, bytes) in &step.writes {
        locked.write(&folder, path, bytes, Meta::Keep { executable: now.executable.contains(path) })?;
    }
    step.removed.iter().try_for_each(|path| locked.remove(&folder, path))
}
