//! Moving main.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

use git2::{ErrorCode, Oid, Repository};

use super::writer::Writer;
use crate::StoreError;

/// The one reference that there is.
pub(crate) const MAIN: &str = "refs/heads/main";

const PAUSE: Duration = Duration::from_millis(5);
/// Ten seconds: stock git holds the lock for milliseconds.
const STALE_AFTER: u32 = 2_000;
const GIVE_UP_AFTER: u32 = 6_000;

/// Whether main is where the caller wanted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    Yes,
    /// Somebody else moved it first.
    Lost,
}

/// Moves main from `from` to `to`, flushed to the disk, if it is still at `from`.
pub(super) fn move_main(repository: &Repository, writer: &mut Writer, from: Oid, to: Oid) -> Result<Moved, StoreError> {
    writer.announce(to)?;
    let lock = repository.path().join(format!("{MAIN}.lock"));
    let mut seen: Option<(SystemTime, u32)> = None;
    let mut result = Err(StoreError::Busy(lock.clone()));
    for round in 0..GIVE_UP_AFTER {
        match repository.reference_matching(MAIN, to, true, from, "commit") {
            Ok(_) => result = Ok(Moved::Yes),
            Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::NotFound) => result = Ok(Moved::Lost),
            Err(error) if error.code() == ErrorCode::Locked => {
                remove_if_stale(&lock, &mut seen, round)?;
                pause();
                continue;
            }
            Err(error) => result = Err(error.into()),
        }
        break;
    }
    writer.done()?;
    result
}

/// Removes a lock file that stays the same for ten seconds: whoever made it is dead.
fn remove_if_stale(lock: &Path, seen: &mut Option<(SystemTime, u32)>, round: u32) -> Result<(), StoreError> {
    let Ok(made) = fs::metadata(lock).and_then(|metadata| metadata.modified()) else {
        *seen = None;
        return Ok(());
    };
    match seen {
        Some((first, since)) if *first == made => {
            if round - *since >= STALE_AFTER {
                tracing::warn!(path = %lock.display(), "removed a lock that nobody has let go of for ten seconds");
                fs::remove_file(lock).map_err(StoreError::io(format!("remove {}", lock.display())))?;
                *seen = None;
            }
        }
        _ => *seen = Some((made, round)),
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "another program's lock file: there is nothing to wait on but time")]
fn pause() {
    thread::sleep(PAUSE);
}
