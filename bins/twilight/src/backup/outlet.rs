//! Files on their way out of the backup.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use super::{
    snapshot::{Part, StoredFile},
    store::{Store, private_folder},
};

/// Writes all files of a part below `folder`, each proved piece by piece and as a whole; `mode` is what they get.
pub(super) fn write_part(
    store: &Store,
    part: &Part,
    folder: &Path,
    mode: u32,
    mut written: impl FnMut(),
) -> anyhow::Result<()> {
    for file in &part.files {
        write(store, file, &below(folder, &file.path)?, mode)
            .with_context(|| format!("{} {}", part.kind(), file.path))?;
        written();
    }
    Ok(())
}

/// The bytes of a small file.
pub(super) fn bytes(store: &Store, file: &StoredFile) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for piece in &file.pieces {
        bytes.extend(store.get(piece)?);
    }
    Ok(bytes)
}

fn write(store: &Store, file: &StoredFile, to: &Path, mode: u32) -> anyhow::Result<()> {
    if let Some(folder) = to.parent() {
        private_folder(folder)?;
    }
    let written = || format!("write {}", to.display());
    let mut target = OpenOptions::new().write(true).create_new(true).mode(mode).open(to).with_context(written)?;
    let (mut whole, mut size) = (Sha256::new(), 0);
    for piece in &file.pieces {
        let bytes = store.get(piece)?;
        whole.update(&bytes);
        size += bytes.len() as u64;
        target.write_all(&bytes).with_context(written)?;
    }
    target.sync_all().with_context(written)?;
    ensure!(
        size == file.size && hex::encode(whole.finalize()) == file.sha256,
        "its pieces do not make the file that was backed up"
    );
    // Not what the process's mask makes of it.
    fs::set_permissions(to, std::os::unix::fs::PermissionsExt::from_mode(mode)).with_context(written)
}

/// A path of a snapshot must not lead out of its folder.
fn below(folder: &Path, path: &str) -> anyhow::Result<PathBuf> {
    let is_plain = !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    ensure!(is_plain, "{path:?} is no path below a folder");
    Ok(folder.join(path))
}
