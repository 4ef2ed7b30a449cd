//! The `.env` of one profile: fetched sealed, opened here, put over what is there, and acknowledged.

use std::collections::BTreeSet;

use profile_store::{
    ProfileName,
    env_file::EnvFile,
    secrets_lock::SecretsLock,
    secrets_schema::{SecretsSchema, Source},
};

use super::{HostIdentity, overlay};
use crate::{
    client::Client,
    context::Context,
    disk::{Folder, Found, Meta},
    failure::Failure,
    state::{Delivery, Locked, fingerprint},
};

const ENV: &str = ".env";
const BYTES_MAX: u64 = 1 << 20;
/// How often something else may have become of it in between: another delivery, or Hermes writing its own part.
const TRIES: usize = 5;

/// What became of a `.env`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnvOutcome {
    /// It was written anew.
    Written,
    /// It was right.
    Unchanged,
    /// A dry run: it would be written.
    Due,
}

impl EnvOutcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::Due => "due",
        }
    }
}

/// Brings secrets to this host.
pub(crate) struct Courier<'a> {
    pub(crate) context: &'a Context,
    pub(crate) client: &'a Client,
    /// The host's name.
    pub(crate) host: &'a str,
    pub(crate) identity: &'a HostIdentity,
    /// `None` in a dry run.
    pub(crate) locked: Option<&'a Locked>,
}

impl Courier<'_> {
    /// Fetches, writes and acknowledges. What is acknowledged is on the disk.
    ///
    /// # Errors
    /// Where the registry, the identity or the disk does not do its part; running it again goes on from there.
    pub(crate) async fn bring(&self, profile: &ProfileName, folder: &Folder) -> Result<EnvOutcome, Failure> {
        let mut written = EnvOutcome::Unchanged;
        for _ in 0..TRIES {
            let before = self.context.state.delivery(profile)?;
            let here = read(folder)?;
            // Somebody has touched the file since, or may read it: it is fetched again, whatever the registry has.
            let is_open = is_open(folder)?;
            let is_mine =
                |known: &&Delivery| here.as_ref().is_some_and(|here| fingerprint(here.as_bytes()) == known.file);
            let known = before.as_ref().filter(|_| !is_open).filter(is_mine).map(|known| known.fingerprint.as_str());
            let fetched = self.client.env(self.host, profile, known).await?;
            let Some(locked) = self.locked else {
                return Ok(if fetched.is_some() { EnvOutcome::Due } else { EnvOutcome::Unchanged });
            };
            let delivery = match fetched {
                Some(fetched) => {
                    let text = self.identity.open(&fetched.sealed)?;
                    let managed = managed(folder, before.as_ref())?;
                    let after = overlay(here.as_deref(), text.expose(), &managed)
                        .map_err(|error| Failure::failed(format!("{ENV} of {profile}: {error}")))?;
                    if here != read(folder)? {
                        continue;
                    }
                    if here.as_ref() != Some(&after) || is_open {
                        locked.write(folder, ENV, after.as_bytes(), Meta::Private)?;
                        written = EnvOutcome::Written;
                    }
                    let delivered = EnvFile::parse(text.expose());
                    let names = delivered.variables().map(|(name, _)| name.to_owned()).collect();
                    let file = fingerprint(after.as_bytes());
                    let delivery = Delivery { fingerprint: fetched.fingerprint, names, file, acknowledged: false };
                    locked.put_delivery(profile, &delivery)?;
                    delivery
                }
                None => before.unwrap_or_default(),
            };
            if delivery.acknowledged {
                return Ok(written);
            }
            if self.client.delivered(self.host, profile, &delivery.fingerprint).await? {
                locked.put_delivery(profile, &Delivery { acknowledged: true, ..delivery })?;
                return Ok(written);
            }
        }
        Err(Failure::failed(format!("{ENV} of {profile} changes all the time: run it again later")))
    }

    /// Takes the secrets of a profile that this host serves no longer out of its `.env`.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub(crate) fn take_away(&self, profile: &ProfileName, folder: Option<&Folder>) -> Result<EnvOutcome, Failure> {
        let Some(locked) = self.locked else { return Ok(EnvOutcome::Due) };
        let mut outcome = EnvOutcome::Unchanged;
        if let Some(folder) = folder
            && let Some(here) = read(folder)?
        {
            let mut env = EnvFile::parse(&here);
            let managed = managed(folder, self.context.state.delivery(profile)?.as_ref())?;
            let removed = managed.iter().filter(|name| env.remove(name)).count();
            if removed > 0 {
                locked.write(folder, ENV, env.to_text().as_bytes(), Meta::Private)?;
                outcome = EnvOutcome::Written;
            }
        }
        Ok(outcome)
    }
}

fn read(folder: &Folder) -> Result<Option<String>, Failure> {
    let path = folder.path().join(ENV);
    match folder.read(ENV, BYTES_MAX).map_err(|error| Failure::io("read", &path, &error))? {
        Found::Missing => Ok(None),
        Found::File { bytes, .. } => {
            String::from_utf8(bytes).map(Some).map_err(|_| Failure::failed(format!("{} is no text", path.display())))
        }
        Found::Blocked(why) => Err(Failure::failed(format!("{} is {why}", path.display()))),
    }
}

fn is_open(folder: &Folder) -> Result<bool, Failure> {
    let stat = folder.stat(ENV).map_err(|error| Failure::io("look at", folder.path().join(ENV), &error))?;
    Ok(stat.is_some_and(|stat| stat.st_mode & 0o077 != 0))
}

/// The variables that the registry brings and takes away: what it brought last, what `secrets.lock` names, and what the
/// profile's schema does not leave to the user.
fn managed(folder: &Folder, before: Option<&Delivery>) -> Result<BTreeSet<String>, Failure> {
    let mut names = before.map(|before| before.names.clone()).unwrap_or_default();
    let file = |path: &str| match folder.read(path, BYTES_MAX) {
        Ok(Found::File { bytes, .. }) => Ok(Some(bytes)),
        Ok(_) => Ok(None),
        Err(error) => Err(Failure::io("read", folder.path().join(path), &error)),
    };
    // Both are read as far as they can be: they only add to what was brought.
    if let Some(lock) = file("secrets.lock")?.and_then(|bytes| SecretsLock::parse(&bytes).ok()) {
        let ours = lock.secrets.into_iter().filter(|(_, secret)| secret.source != "user");
        names.extend(ours.map(|(name, _)| name));
    }
    if let Some(schema) = file("secrets.schema.json")?.and_then(|bytes| SecretsSchema::parse(&bytes).ok()) {
        let ours = schema.entries().iter().filter(|entry| entry.source != Source::User);
        names.extend(ours.map(|entry| entry.name.clone()));
    }
    Ok(names)
}
