//! The writes, in the order in which none of them can lose a secret.

use chrono::{DateTime, Utc};

use super::{Intent, intent::Write};
use crate::{
    disk::{Folder, Found},
    failure::Failure,
    state::Locked,
};

/// Longer than any file that is rewritten.
const BYTES_MAX: u64 = 4 << 20;

/// Keeps the files as they are, then writes them anew: `.env`, which takes the secrets, before the settings that let go of
/// them.
///
/// # Errors
/// Where a file is not what it was when the plan was made, or cannot be written; running it again goes on from there.
pub(crate) fn carry_out(
    locked: &Locked,
    home: &Folder,
    label: &str,
    at: DateTime<Utc>,
    intent: &Intent,
) -> Result<(), Failure> {
    for write in &intent.writes {
        if let Some(before) = &write.before {
            locked.keep_adopted(label, at, &write.path, before)?;
        }
    }
    for write in &intent.writes {
        if !is_as_planned(home, write)? {
            let path = home.path().join(&write.path);
            let path = path.display();
            return Err(Failure::failed(format!("{path} was changed by somebody else just now: run it again")));
        }
        locked.write(home, &write.path, &write.after, write.meta)?;
    }
    Ok(())
}

fn is_as_planned(home: &Folder, write: &Write) -> Result<bool, Failure> {
    let found = home.read(&write.path, BYTES_MAX);
    Ok(match found.map_err(|error| Failure::io("read", home.path().join(&write.path), &error))? {
        Found::Missing => write.before.is_none(),
        Found::File { bytes, .. } => write.before.as_ref() == Some(&bytes),
        Found::Blocked(_) => false,
    })
}
