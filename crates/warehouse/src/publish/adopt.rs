//! Takes over a generation that was copied from another warehouse.

use std::{fs::File, path::Path};

use super::{VerifyReport, leftovers, retain, steps::flip, verify};
use crate::{WarehouseError, durable, layout};

/// Proves the generation in the folder `copied` (its manifest and every file of it) and makes it current in `published`, which
/// must lie on the same file system. Files that are not in `published` yet, or are others there, are moved in. Afterwards
/// `keep_generations` stay, and those that a reader has open.
///
/// If the copy is not whole, nothing changes in `published`; the report says what is wrong. A crash at any point leaves the
/// old generation current and whole.
///
/// # Errors
/// `Damaged` if the manifest cannot be read, `SchemaTooNew`, `DiskFull`, `Io`.
pub fn adopt(
    published: &Path,
    copied: &Path,
    generation: u64,
    keep_generations: u32,
) -> Result<VerifyReport, WarehouseError> {
    let report = verify(copied, Some(generation))?;
    if !report.is_whole() {
        return Ok(report);
    }
    let manifest = layout::manifest_file(generation);
    let names = report.manifest.files().map(|file| file.name.as_str());
    for name in names.chain([manifest.as_str()]) {
        let (from, to) = (copied.join(name), published.join(name));
        if layout::is_same_file(&from, &to) {
            continue;
        }
        File::open(&from)?.sync_all()?;
        durable::rename(&from, &to)?;
    }
    flip(published, generation)?;
    // It is current: what cannot be tidied up now is no failure.
    let tidied = retain::retain(published, generation, keep_generations).and_then(|()| leftovers::clear(published));
    if let Err(error) = tidied {
        tracing::warn!(generation, error = %error, "remove old generations: {error}");
    }
    Ok(report)
}
