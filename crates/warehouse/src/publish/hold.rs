//! Holds the current generation while it is copied away.

use std::{
    fs::{File, TryLockError},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use crate::{WarehouseError, manifest::Manifest, reader::read_current};

/// The generation may be replaced, and the one it replaced removed, between two looks.
const ATTEMPTS: u32 = 5;

/// A generation that publishing does not remove until this is dropped, as it does not remove one that a reader has open.
#[derive(Debug)]
pub struct Held {
    /// Its manifest.
    pub manifest: Manifest,
    _lock: File,
}

/// Holds the current generation in `published_dir`; `None` if nothing is published.
///
/// # Errors
/// `Damaged`, `SchemaTooNew`; `Unavailable` if it was replaced again and again meanwhile.
pub fn hold_current(published_dir: &Path) -> Result<Option<Held>, WarehouseError> {
    for _ in 0..ATTEMPTS {
        let Some(name) = read_current(published_dir)? else { return Ok(None) };
        let path = published_dir.join(&name);
        let Ok(lock) = File::open(&path) else { continue };
        if let Err(TryLockError::WouldBlock) = lock.try_lock_shared() {
            // It is being removed.
            continue;
        }
        // Removed between opening and locking: what is held then is a file without a name.
        let is_still_there = std::fs::metadata(&path).is_ok_and(|named| {
            lock.metadata().is_ok_and(|held| (held.dev(), held.ino()) == (named.dev(), named.ino()))
        });
        if is_still_there {
            return Ok(Some(Held { manifest: Manifest::read(&path)?, _lock: lock }));
        }
    }
    // What is damaged says so by itself.
    match read_current(published_dir)? {
        Some(name) => Manifest::read(&published_dir.join(name)).and_then(|manifest| {
            let number = manifest.generation;
            Err(WarehouseError::Unavailable(format!("generation {number} was replaced again and again meanwhile")))
        }),
        None => Ok(None),
    }
}
