//! Removes generations that nobody needs any more.

use std::{
    collections::BTreeSet,
    fs::{File, TryLockError},
    path::Path,
};

use super::leftovers::names;
use crate::{
    WarehouseError, durable,
    layout::{self, CURRENT_FILE},
    manifest::Manifest,
};

/// Keeps the `keep` newest generations up to `current`, and those that somebody has open: a reader holds a shared lock on
/// the manifest of what it serves. The base files that no kept manifest names go too.
pub(super) fn retain(published: &Path, current: u64, keep: u32) -> Result<(), WarehouseError> {
    let names = names(published)?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| layout::manifest_number(name)).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let old = numbers.iter().filter(|number| **number <= current).skip(keep.max(1) as usize);
    for number in old {
        remove(published, *number)?;
    }
    remove_unused_bases(published)?;
    durable::sync_folder_of(&published.join(CURRENT_FILE))
}

/// Removes one generation unless it is open. The manifest goes first: what has no manifest cannot be opened.
fn remove(published: &Path, number: u64) -> Result<(), WarehouseError> {
    let manifest = published.join(layout::manifest_file(number));
    let lock = File::open(&manifest)?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => {
            tracing::debug!(generation = number, "generation {number} is still open");
            return Ok(());
        }
        // Without locks on this file system nobody can say: the files of an open generation stay readable on Unix even
        // when they are unlinked.
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    std::fs::remove_file(&manifest)?;
    match std::fs::remove_file(published.join(layout::tail_file(number))) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn remove_unused_bases(published: &Path) -> Result<(), WarehouseError> {
    let names = names(published)?;
    let mut used = BTreeSet::new();
    for name in names.iter().filter(|name| layout::manifest_number(name).is_some()) {
        // A manifest that cannot be read may name any base: remove none.
        let Ok(manifest) = Manifest::read(&published.join(name)) else { return Ok(()) };
        used.extend(manifest.base.map(|base| base.number));
    }
    for name in &names {
        if layout::base_number(name).is_some_and(|number| !used.contains(&number)) {
            std::fs::remove_file(published.join(name))?;
        }
    }
    Ok(())
}
