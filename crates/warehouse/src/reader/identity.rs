//! Whether the files of a generation are still those that were opened. Published files never change, but a replica's damaged
//! one is replaced by a whole one of the same name.

use std::{path::Path, time::SystemTime};

use crate::manifest::Manifest;

/// The files of one generation by name, length and time. Neither is changed by another link to the same file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity(Vec<(String, u64, SystemTime)>);

impl Identity {
    /// The files of `manifest` as they are in `published` now; those that are absent are left out.
    pub(super) fn of(published: &Path, manifest: &Manifest) -> Self {
        let known = manifest.files().filter_map(|file| {
            let metadata = std::fs::metadata(published.join(&file.name)).ok()?;
            Some((file.name.clone(), metadata.len(), metadata.modified().ok()?))
        });
        Self(known.collect())
    }

    /// Whether a file is another one now. One that is gone is none: it was retired, and is open still.
    pub(super) fn is_replaced(&self, now: &Self) -> bool {
        now.0.iter().any(|file| self.0.iter().any(|known| known.0 == file.0 && known != file))
    }
}
