//! Writing the files here.

use profile_store::ProfileName;

use super::Engine;
use crate::{
    disk::{Folder, Found, Meta},
    failure::Failure,
    home::LocalFile,
    state::Locked,
    sync::{Remote, Write},
};

impl<R: Remote> Engine<'_, R> {
    /// Writes the files; the first that somebody else wrote since it was read, where there is one.
    pub(super) fn write(
        &self,
        locked: &Locked,
        profile: &ProfileName,
        folder: Option<&Folder>,
        writes: &[Write],
    ) -> Result<Option<String>, Failure> {
        let Some(folder) = folder else {
            return if writes.is_empty() { Ok(None) } else { self.publish(locked, profile, writes).map(|()| None) };
        };
        for Write { path, before, after } in writes {
            if !is_still(folder, path, before.as_ref())? {
                return Ok(Some(path.clone()));
            }
            match after {
                Some(file) => locked.write(folder, path, &file.bytes, Meta::Keep { executable: file.executable })?,
                None => locked.remove(folder, path)?,
            }
        }
        Ok(None)
    }

    /// A new profile appears whole: Hermes looks for profiles all the time. With an empty `.env`, for into one that is
    /// missing it copies the operator's own keys.
    fn publish(&self, locked: &Locked, profile: &ProfileName, writes: &[Write]) -> Result<(), Failure> {
        let (scratch, name) = (locked.profiles_scratch(), profile.as_str());
        let failed = |error| Failure::io("make", self.home.profile_path(profile), &error);
        let staging = scratch.make_folder(name).map_err(failed)?;
        for write in writes {
            if let Some(LocalFile { bytes, executable }) = &write.after {
                locked.write(&staging, &write.path, bytes, Meta::Keep { executable: *executable })?;
            }
        }
        locked.write(&staging, ".env", b"", Meta::Private)?;
        locked.disk().publish(scratch, name, locked.profiles(), name).map_err(failed)
    }
}

fn is_still(folder: &Folder, path: &str, before: Option<&LocalFile>) -> Result<bool, Failure> {
    let bytes_max = before.map_or(0, |before| before.bytes.len() as u64);
    let found = folder.read(path, bytes_max).map_err(|error| Failure::io("read", folder.path().join(path), &error))?;
    Ok(match (found, before) {
        (Found::Missing, None) => true,
        (Found::File { bytes, .. }, Some(before)) => bytes == before.bytes,
        _ => false,
    })
}
