//! From the files of a backup to a warehouse that a writer goes on with.

use std::{fs, path::Path};

use crate::{
    Layout, WarehouseError,
    compact::archive,
    durable,
    layout::{self, CURRENT_FILE},
    manifest::Manifest,
};

/// The lost host may have published so many generations after the one that was restored: a replica may have them, and no number
/// may mean two things.
pub const NUMBERS_SKIPPED: u64 = 10_000;

/// Completes a warehouse below `root` of which the published files of `generation`, the manifest of its base (`base-<m>.json` in
/// `root`) and the archives are in place: the writer's tail, base and counter, and what readers look for first. May be called
/// again after a crash.
///
/// # Errors
/// `Damaged` naming a file that is not what the manifest says, `DiskFull`, `Io`.
pub fn complete_restored(root: &Path, generation: u64) -> Result<(), WarehouseError> {
    let layout = Layout::new(root);
    let published = layout.published();
    let manifest = Manifest::read(&published.join(layout::manifest_file(generation)))?;
    for file in manifest.files() {
        file.check_size(&published)?;
    }
    if let Some(base) = &manifest.base {
        for file in [&base.database, &base.series] {
            link_or_copy(&published.join(&file.name), &root.join(&file.name))?;
        }
    }
    copy(&published.join(&manifest.tail.name), &layout.tail())?;
    if !archive::archives(&layout)?.is_empty() {
        // They may be newer than the tail: the writer's next start takes out what the tail does not know of.
        archive::begin(&layout)?;
    }
    let counter = generation + NUMBERS_SKIPPED;
    durable::write_bytes(&layout.generation_counter(), format!("{counter}\n").as_bytes())?;
    let name = layout::manifest_file(generation);
    durable::write_bytes(&published.join(CURRENT_FILE), format!("{name}\n").as_bytes())
}

fn link_or_copy(from: &Path, to: &Path) -> Result<(), WarehouseError> {
    if to.exists() {
        fs::remove_file(to)?;
    }
    match fs::hard_link(from, to) {
        Ok(()) => durable::sync_folder_of(to),
        // A file system without links.
        Err(_) => copy(from, to),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), WarehouseError> {
    let unfinished = Layout::unfinished(to);
    if reflink_copy::reflink(from, &unfinished).is_err() {
        fs::copy(from, &unfinished)?;
    }
    fs::File::open(&unfinished)?.sync_all()?;
    durable::rename(&unfinished, to)
}
