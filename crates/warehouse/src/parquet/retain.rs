//! Removes what no kept generation names.

use std::{collections::BTreeSet, fs, path::Path};

use super::manifest::ParquetManifest;
use crate::{
    WarehouseError, durable,
    layout::{self, CURRENT_FILE, UNFINISHED_SUFFIX},
    schema::HASHED_TABLES,
};

/// Keeps the `keep` newest manifests up to `current` and the files that they name. Where a manifest cannot be read no file
/// is removed: it may be its.
pub(super) fn retain(folder: &Path, current: u64, keep: u32) -> Result<(), WarehouseError> {
    let mut numbers: Vec<u64> = names(folder)?.iter().filter_map(|name| layout::manifest_number(name)).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    // One that is newer than the current one was written and never became current.
    let kept: Vec<u64> =
        numbers.iter().copied().filter(|number| *number <= current).take(keep.max(1) as usize).collect();
    for number in numbers.iter().filter(|number| !kept.contains(number)) {
        fs::remove_file(folder.join(layout::manifest_file(*number)))?;
    }
    let mut used = BTreeSet::new();
    for number in &kept {
        let manifest = ParquetManifest::read(&folder.join(layout::manifest_file(*number)))?;
        used.extend(manifest.files().map(|(_, file)| file.path.clone()));
    }
    for table in HASHED_TABLES {
        let of_table = folder.join(table.name);
        for name in names(&of_table)? {
            if !used.contains(&format!("{}/{name}", table.name)) {
                fs::remove_file(of_table.join(name))?;
            }
        }
    }
    durable::sync_folder_of(&folder.join(CURRENT_FILE))
}

/// Removes the unfinished files of an export that was cut off.
pub(super) fn clear_unfinished(folder: &Path) -> Result<(), WarehouseError> {
    let tables = HASHED_TABLES.iter().map(|table| folder.join(table.name));
    for place in tables.chain([folder.to_owned()]) {
        for name in names(&place)?.iter().filter(|name| name.ends_with(UNFINISHED_SUFFIX)) {
            fs::remove_file(place.join(name))?;
        }
    }
    Ok(())
}

/// The names of the files in `folder`; none if there is no such folder.
fn names(folder: &Path) -> Result<Vec<String>, WarehouseError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            // A name that is not UTF-8 is none of ours.
            names.extend(entry.file_name().into_string().ok());
        }
    }
    Ok(names)
}
