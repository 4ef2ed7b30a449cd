//! What is known about the files that are there: from the manifests, and from an export that did not come to its end.

use std::{collections::BTreeMap, fs, path::Path};

use super::manifest::{ParquetFile, ParquetManifest};
use crate::{WarehouseError, durable, layout};

/// Holds what an export has written so far; gone when it has come to its end.
const PROGRESS_FILE: &str = "export.progress.json";

/// The described files below a folder, by path.
#[derive(Debug, Default)]
pub(super) struct Described {
    files: BTreeMap<String, ParquetFile>,
    /// Those that no manifest names yet.
    new: Vec<ParquetFile>,
}

impl Described {
    /// Those of every manifest in `folder` that can be read, and of the export that was cut off.
    pub(super) fn read(folder: &Path) -> Result<Self, WarehouseError> {
        let progress = fs::read(folder.join(PROGRESS_FILE)).ok();
        let new: Vec<ParquetFile> = progress.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let mut files: BTreeMap<_, _> = new.iter().map(|file| (file.path.clone(), file.clone())).collect();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_str().and_then(layout::manifest_number).is_some()
                && let Ok(manifest) = ParquetManifest::read(&entry.path())
            {
                files.extend(manifest.files().map(|(_, file)| (file.path.clone(), file.clone())));
            }
        }
        Ok(Self { files, new })
    }

    /// What `path` holds, if it is there in its length.
    pub(super) fn find(&self, folder: &Path, path: &str) -> Option<&ParquetFile> {
        self.files.get(path).filter(|file| file.check_size(folder).is_ok())
    }

    /// Notes a file that was written, durably: after a crash it need not be written again.
    pub(super) fn add(&mut self, folder: &Path, file: &ParquetFile) -> Result<(), WarehouseError> {
        self.files.insert(file.path.clone(), file.clone());
        self.new.push(file.clone());
        durable::write_json(&folder.join(PROGRESS_FILE), &self.new)
    }

    /// Forgets the export's own notes: the manifest names its files now.
    pub(super) fn finish(folder: &Path) -> Result<(), WarehouseError> {
        match fs::remove_file(folder.join(PROGRESS_FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
