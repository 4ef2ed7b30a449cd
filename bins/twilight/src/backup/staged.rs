//! A part on its way to its place: made whole and proved beside it, then moved there in one step.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

use super::{
    outlet,
    parts::{gateway, registry, warehouse},
    snapshot::{About, Part},
    store::{Store, private_folder, sync},
};

/// Says in a folder which backup it was made of.
const MARKER: &str = "restored.json";

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Marker {
    backup: String,
}

/// Whether a part may be put to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    /// This very backup is there already: an earlier run put it there.
    Done,
}

/// A part that is whole, beside its place.
pub(super) struct Staged {
    folder: PathBuf,
    to: PathBuf,
}

/// Looks whether the part of the backup `id` may be put to `to`.
///
/// # Errors
/// When something else is there.
pub(super) fn look(to: &Path, id: &str) -> anyhow::Result<Place> {
    let marker = fs::read(to.join(MARKER)).ok().and_then(|bytes| serde_json::from_slice::<Marker>(&bytes).ok());
    if marker.is_some_and(|marker| marker.backup == id) {
        return Ok(Place::Done);
    }
    let is_free = match fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("look into {}", to.display())),
    };
    ensure!(is_free, "{} is not empty: nothing is overwritten", to.display());
    Ok(Place::Free)
}

/// Makes a part in `folder`, which must be empty or absent, and proves it.
///
/// # Errors
/// Names the file that is not what it must be.
pub(super) fn make(store: &Store, part: &Part, folder: &Path, written: impl FnMut()) -> anyhow::Result<()> {
    private_folder(folder)?;
    let mode = if matches!(part.about, About::Warehouse { .. }) { 0o644 } else { 0o600 };
    outlet::write_part(store, part, folder, mode, written)?;
    let completed = match &part.about {
        About::Warehouse { .. } => warehouse::complete(folder, &part.about),
        About::Gateway => gateway::complete(folder),
        About::Registry { .. } => registry::complete(folder, part),
        About::Secrets { .. } => bail!("secrets have no folder of their own"),
    };
    completed.with_context(|| format!("prove the {}", part.kind()))
}

impl Staged {
    /// Makes a part beside `to`.
    pub(super) fn make(store: &Store, part: &Part, to: &Path, id: &str, written: impl FnMut()) -> anyhow::Result<Self> {
        let name = to.file_name().with_context(|| format!("{} has no name", to.display()))?;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
        let folder = parent.join(format!(".{}.restoring", name.to_string_lossy()));
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
        }
        make(store, part, &folder, written)?;
        let marker = serde_json::to_vec(&Marker { backup: id.to_owned() })?;
        write_private(&folder.join(MARKER), &marker)?;
        let staged = Self { folder, to: to.to_owned() };
        if matches!(part.about, About::Warehouse { .. }) {
            // Others read what is published: the API, a replica.
            for folder in [staged.folder.clone(), staged.folder.join("published")] {
                fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
            }
        }
        Ok(staged)
    }

    /// Where a file that belongs below the part's place is to be written now.
    pub(super) fn inside(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.to).ok().map(|rest| self.folder.join(rest))
    }

    /// The folder as it is now.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Moves it to its place.
    pub(super) fn place(self) -> anyhow::Result<()> {
        sync(&self.folder)?;
        fs::rename(&self.folder, &self.to).with_context(|| {
            format!(
                "move {} to {} (where that is a mount point: restore with --map to a folder below it)",
                self.folder.display(),
                self.to.display()
            )
        })?;
        Ok(sync(self.to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?)
    }
}

/// Writes a file that only its owner reads, wholly or not at all.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = || format!("write {}", path.display());
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    private_folder(parent)?;
    let unfinished = parent.join(format!(".{}.restoring", path.file_name().unwrap_or_default().to_string_lossy()));
    let _ = fs::remove_file(&unfinished);
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).with_context(written)?;
    file.write_all(bytes).with_context(written)?;
    file.sync_all().with_context(written)?;
    fs::rename(&unfinished, path).with_context(written)?;
    sync(parent).with_context(written)
}
